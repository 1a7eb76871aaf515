"""Starting a conversation with a person or a group."""

import asyncio
import re

import pytest
from playwright.async_api import Locator, expect

from testkit.axe import findings
from tests.client.conftest import Cast, SignIn
from tests.client.person import Person


async def begin(person: Person, kind: str = "Direct message") -> Locator:
    """Open the dialog."""
    await person.button("New chat").click()
    dialog = person.page.get_by_role("dialog", name="New chat")
    await dialog.get_by_text(kind, exact=True).click()
    return dialog


async def test_new_chat_finds_a_person_by_name_or_userid(sign_in: SignIn, cast: Cast) -> None:
    alice, bob = await sign_in(cast("alice")), await sign_in(cast("bob"))
    await bob.call("PATCH", "me", {"nickname": f"Bobby {cast('n')}"})
    dialog = await begin(alice)
    await dialog.get_by_role("combobox").fill(f"bobby {cast('n')}")
    await expect(dialog.get_by_role("option")).to_have_count(1)
    assert await findings(alice.page) == []
    await dialog.get_by_role("option").click()
    await alice.write("Hello Bobby")
    await bob.conversation("Hello Bobby").wait_for()

    # What can be no userid is nobody.
    box = (await begin(alice)).get_by_role("combobox")
    await box.fill(cast("no_body"))
    await box.press("Enter")
    await expect(alice.page.get_by_role("alert").filter(has_text="Nobody has this name")).to_be_visible()
    await alice.page.keyboard.press("Escape")
    await expect(alice.page.get_by_role("dialog")).to_have_count(0)
    await expect(alice.button("New chat")).to_be_focused()

    # By the keyboard alone; in open mode anybody may be written to.
    await alice.page.keyboard.press("Alt+n")
    await expect(box).to_be_focused()
    await box.fill(cast("newcomer"))
    await expect(alice.page.get_by_role("option")).to_contain_text("new user ID")
    await box.press("Enter")
    await expect(alice.page).to_have_url(f"{alice.url}/#/u/{cast('newcomer')}")
    await alice.write("Welcome")
    await alice.reads("Welcome")


async def spelled(person: Person, userid: str, pinyin: str) -> None:
    """Wait until this person is found by the pinyin."""
    for _ in range(600):
        if userid in [one["userid"] for one in (await person.call("GET", f"users?q={pinyin}"))["items"]]:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"{userid} is not found for {pinyin}")


async def test_new_chat_finds_chinese_name_by_pinyin(sign_in: SignIn, cast: Cast) -> None:
    alice, bob = await sign_in(cast("alice")), cast("bob")
    await alice.call("PATCH", "me", {"nickname": "单雄信"}, by=bob)
    await spelled(alice, bob, "shanxiongxin")
    box = (await begin(alice)).get_by_role("combobox")
    option = alice.page.get_by_role("option").filter(has_text=re.compile(f"单雄信.*{bob}$"))
    for request in ("shan", "sxx", "Shan Xiong"):
        await box.fill(request)
        await expect(option).to_have_count(1)
    await option.click()
    await alice.write("Hello")
    await alice.reads("Hello")

    # And a conversation that there is, in the list.
    search = alice.page.get_by_role("searchbox", name="Search")
    for request in ("sxx", "xiongxin"):
        await search.fill(request)
        await expect(alice.conversations.get_by_role("link")).to_have_count(1)
        await expect(alice.conversation("单雄信")).to_be_visible()
    await search.fill("sxy")
    await expect(alice.conversations.get_by_role("link")).to_have_count(0)


@pytest.mark.core
async def test_new_chat_with_several_people_creates_a_group(sign_in: SignIn, cast: Cast) -> None:
    alice, bob = await sign_in(cast("alice")), await sign_in(cast("bob"))
    dialog = await begin(alice, "Group")
    name = dialog.get_by_role("textbox", name="Name of the group")
    members = dialog.get_by_role("combobox", name="Members")

    # What it lacks is said at its place.
    await dialog.get_by_role("button", name="Create the group").click()
    await expect(name).to_have_accessible_description("A group needs a name.")
    await expect(members).to_have_accessible_description("Choose at least one person.")

    for one in (bob.userid, cast("charlie")):
        await members.fill(one)
        await members.press("Enter")
        await expect(dialog.get_by_role("button", name=f"Remove {one}")).to_be_visible()
    assert await findings(alice.page) == []
    # What only the server knows.
    await name.fill("x" * 5000)
    await dialog.get_by_role("button", name="Create the group").click()
    await expect(name).to_have_accessible_description("The name is longer than 100 characters.")

    await name.fill("Hiking 周末爬山")
    await dialog.get_by_role("button", name=f"Remove {cast('charlie')}").click()
    await dialog.get_by_role("button", name="Create the group").click()
    await alice.write("Here we are")
    await bob.conversation("Hiking 周末爬山").wait_for()
    await expect(bob.conversation("Here we are")).to_be_visible()
    await alice.button("About this conversation").click()
    in_it = alice.page.get_by_role("list", name="Members").get_by_role("listitem")
    await expect(in_it).to_contain_text([alice.userid, bob.userid])
