"""The settings of a group: a notice to confirm, history for new members, a picture, nicknames."""

import pytest
from playwright.async_api import Locator, expect

from tests.client.conftest import PHONE, Cast, SignIn
from tests.client.files import png
from tests.client.person import Person


def panel(person: Person) -> Locator:
    return person.page.get_by_role("complementary", name="About this conversation")


async def unfold(person: Person) -> None:
    """Expand the group's settings."""
    settings = panel(person).locator("details")
    if await settings.get_attribute("open") is None:
        await settings.locator("summary").click()


async def choose(person: Person, label: str, *, is_on: bool = True) -> None:
    await unfold(person)
    switch = panel(person).get_by_role("switch", name=label)
    await switch.click()
    await expect(switch).to_have_attribute("aria-checked", str(is_on).lower())


@pytest.mark.core
async def test_owner_sees_which_members_confirmed_the_notice(sign_in: SignIn, cast: Cast) -> None:
    alice, bob = await sign_in(cast("alice")), await sign_in(cast("bob"), size=PHONE)
    group = await alice.make_group("Hiking", bob.userid)
    await alice.call("PATCH", f"groups/{group[2:]}", {"notice": "Bring water"})
    await alice.open(group)
    await bob.open(group)
    await alice.button("About this conversation").click()
    await choose(alice, "Members confirm that they have read the notice")
    bar = bob.page.get_by_role("region", name="Notice to confirm")
    await expect(bar).to_contain_text("Bring water")
    await bar.get_by_role("button", name="Confirm").click()
    await expect(bar).to_have_count(0)
    await alice.button("Who has confirmed").click()
    dialog = alice.page.get_by_role("dialog")
    await expect(dialog.get_by_role("list", name="Confirmed: 2", exact=True)).to_contain_text(bob.userid)
    await alice.page.keyboard.press("Escape")

    # With the notice, it is saved once: members are asked for the new text alone.
    await choose(alice, "Members confirm that they have read the notice", is_on=False)
    await alice.button("Edit: Notice").click()
    form = panel(alice).locator("form")
    await form.get_by_role("switch").click()
    await form.get_by_role("textbox", name="Notice").fill("Bring more water")
    await expect(bar).to_have_count(0)
    await form.get_by_role("button", name="Save").click()
    await expect(bar).to_contain_text("Bring more water")


async def test_group_settings_picture_and_nicknames_apply(sign_in: SignIn, cast: Cast) -> None:
    alice, bob = await sign_in(cast("alice")), await sign_in(cast("bob"))
    group = await alice.make_group("Hiking")
    await alice.open(group)
    await alice.write("from before")
    await alice.reads("from before")
    await expect(alice.messages.locator("[data-state=sending]")).to_have_count(0)
    await alice.call("POST", f"groups/{group[2:]}/members", {"userids": [bob.userid]})
    await bob.open(group)
    await bob.reads("from before", times=0)
    await alice.button("About this conversation").click()
    await choose(alice, "New members see earlier messages")
    await bob.reads("from before")
    await choose(alice, "New members see earlier messages", is_on=False)
    await bob.reads("from before", times=0)

    await bob.button("About this conversation").click()
    await expect(bob.button("Add people")).to_be_visible()
    await choose(alice, "Only owners and admins add members")
    await expect(bob.messages).to_contain_text("Only owners and admins can add members now")
    await expect(bob.button("Add people")).to_have_count(0)
    await expect(alice.button("Add people")).to_be_visible()
    await bob.button("Edit: My nickname in this group").click()
    await bob.page.get_by_role("textbox", name="My nickname in this group").fill("Pathfinder")
    await bob.button("Save").click()
    await expect(panel(alice).get_by_role("list", name="Members")).to_contain_text("Pathfinder")
    await bob.write("hello")
    await expect(alice.messages).to_contain_text("Pathfinder")
    async with alice.page.expect_file_chooser() as chooser:
        await alice.button("Change the picture").click()
    await (await chooser.value).set_files(png(300, 200))
    await alice.confirm("Use this picture")
    await expect(alice.button("Remove the picture")).to_be_visible()
    await expect(bob.messages).to_contain_text("The group has a new picture")
