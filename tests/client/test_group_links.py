"""Joining a group by a link, immediately or after acceptance by an owner or admin."""

import pytest
from playwright.async_api import Locator, expect

from tests.client.conftest import PHONE, Cast, SignIn
from tests.client.person import Person


def panel(person: Person) -> Locator:
    return person.page.get_by_role("complementary", name="About this conversation")


async def make_link(person: Person, name: str = "New link") -> str:
    """Return the address of the only link, shown in the dialog."""
    await person.button("Invite by link").click()
    await person.button(name).click()
    address = person.page.locator(".link-url")
    await expect(person.page.get_by_role("img", name="QR code of the link")).to_be_visible()
    link = await address.inner_text()
    await person.page.keyboard.press("Escape")
    return link


@pytest.mark.core
async def test_group_link_admits_its_holder_only(sign_in: SignIn, cast: Cast) -> None:
    alice, charlie = await sign_in(cast("alice")), await sign_in(cast("charlie"), size=PHONE)
    group = await alice.make_group("Hiking")
    await alice.open(group)
    await alice.button("About this conversation").click()
    link = await make_link(alice)

    await charlie.page.goto(link)
    dialog = charlie.page.get_by_role("dialog")
    await expect(dialog).to_contain_text("Hiking")
    await expect(dialog).to_contain_text("1 member")
    await charlie.confirm("Join")
    await charlie.box.wait_for()
    await charlie.write("hello")
    await alice.reads("hello")
    await expect(panel(alice).get_by_role("list", name="Members")).to_contain_text(charlie.userid)

    await alice.button("Invite by link").click()
    await expect(alice.page.get_by_role("dialog")).to_contain_text("used by 1 person")
    await alice.button("End the link").click()
    await expect(alice.page.locator(".link-url")).to_have_count(0)
    dora = await sign_in(cast("dora"))
    await dora.page.goto(link)
    await expect(dora.page.get_by_role("alert")).to_have_text(
        "This link is no longer valid. Ask for a new one."
    )


async def test_applicant_joins_when_a_manager_accepts(sign_in: SignIn, cast: Cast) -> None:
    alice, charlie = await sign_in(cast("alice")), await sign_in(cast("charlie"))
    group = await alice.make_group("Hiking")
    await alice.open(group)
    await alice.button("About this conversation").click()
    await panel(alice).get_by_text("Group settings").click()
    await panel(alice).get_by_role("switch", name="Approve people who join by link").click()
    await expect(alice.messages).to_contain_text("New members need approval now")
    link = await make_link(alice)
    other = await alice.new_tab()

    await charlie.page.goto(link)
    await charlie.confirm("Ask to join")
    await expect(charlie.page.get_by_text("Request sent. You join when")).to_be_visible()
    await expect(charlie.conversation("Hiking")).to_have_count(0)
    await charlie.page.goto(link)
    await expect(charlie.page.get_by_role("dialog")).to_contain_text("Request sent. An owner")

    # The panel is open, and so is the list in another tab.
    requests = panel(alice).get_by_role("list", name="Want to join")
    await expect(other.conversation("Hiking")).to_contain_text("1 person asks to join")
    await expect(requests).to_contain_text(charlie.userid)
    await requests.get_by_role("button", name="Accept").click()
    await expect(requests).to_have_count(0)
    await expect(other.conversation("Hiking")).not_to_contain_text("asks to join")
    await expect(charlie.conversation("Hiking")).to_be_visible()
    await charlie.page.goto(f"{charlie.url}/#/")
    await charlie.page.goto(link)
    await charlie.confirm("Open the group")
    await charlie.box.wait_for()

    # Plain members are shown no links.
    await expect(alice.button("Invite by link")).to_be_visible()
    await charlie.button("About this conversation").click()
    await expect(panel(charlie).get_by_role("list", name="Members")).to_be_visible()
    await expect(charlie.button("Invite by link")).to_have_count(0)
