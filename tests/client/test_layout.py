"""Where things are, and what a narrow screen leaves out."""

import re
from typing import Any

from playwright.async_api import Locator, expect

from tests.client.conftest import PHONE, Cast, SignIn

TABLET = {"width": 720, "height": 900}


async def box_of(what: Locator) -> Any:
    box = await what.bounding_box()
    assert box
    return box


async def test_beside_the_panel_a_tablet_shows_the_conversation(sign_in: SignIn, cast: Cast) -> None:
    alice = await sign_in(cast("alice"), size=TABLET)
    await alice.open(f"u:{cast('bob')}")
    await expect(alice.conversations).to_be_visible()

    await alice.button("About this conversation").click()

    panel = alice.page.get_by_role("complementary", name="About this conversation")
    messages, beside = await box_of(alice.messages), await box_of(panel)
    assert messages["width"] > 300
    assert messages["x"] + messages["width"] <= beside["x"] + 1
    await expect(alice.conversations).to_be_hidden()
    await alice.button("Close the panel").click()
    await expect(alice.conversations).to_be_visible()


async def test_a_phones_menu_has_neither_shortcuts_nor_the_console(sign_in: SignIn, cast: Cast) -> None:
    for size, times in ((PHONE, 0), (None, 1)):
        person = await sign_in(cast("alice"), **({"size": size} if size else {}))
        await person.page.get_by_role("button", name="profile and settings").click()
        await expect(person.page.get_by_role("menuitem", name="Settings")).to_be_visible()
        for entry in ("Keyboard shortcuts", "Console for developers"):
            await expect(person.page.get_by_role("menuitem", name=entry)).to_have_count(times)


async def test_a_page_has_one_heading_and_one_main_part(sign_in: SignIn, cast: Cast) -> None:
    alice = await sign_in(cast("alice"), size=PHONE)
    for _ in range(2):
        await expect(alice.page.get_by_role("heading", level=1)).to_have_count(1)
        await expect(alice.page.get_by_role("main")).to_have_count(1)
        await alice.open(f"u:{cast('bob')}")


async def test_without_a_picture_the_initial_is_shown(sign_in: SignIn, cast: Cast) -> None:
    alice, bob = await sign_in(cast("alice")), cast("bob")
    await alice.call("PATCH", "me", {"nickname": "爱丽丝"})
    group = await alice.make_group("Friends", bob)
    text = {"kind": "text", "content": "hello"}
    await alice.call("POST", f"conversations/u:{bob}/messages", text)
    await alice.page.reload()

    async def shows(within: Locator, initial: str) -> None:
        await expect(within.locator(".avatar-tile").first).to_have_attribute("data-initial", initial)

    await shows(alice.conversation(bob), "B")
    await shows(alice.page.get_by_role("button", name="profile and settings"), "爱")
    await alice.open(group)
    await alice.button("About this conversation").click()
    members = alice.page.get_by_role("list", name="Members").get_by_role("listitem")
    await expect(members).to_have_count(2)
    await shows(members.filter(has_text="爱丽丝"), "爱")
    await shows(members.filter(has_text=bob), "B")


async def test_a_new_group_gets_its_own_picture_by_itself(sign_in: SignIn, cast: Cast) -> None:
    alice = await sign_in(cast("alice"))
    await alice.make_group("Friends", cast("bob"))

    picture = alice.conversation("Friends").locator("img")

    await expect(picture).to_have_attribute("src", re.compile("/media/"))


async def test_what_the_page_says_covers_no_button(sign_in: SignIn, cast: Cast) -> None:
    alice = await sign_in(cast("alice"))
    await alice.open(f"u:{cast('bob')}")
    await alice.button("About this conversation").click()
    await alice.button("Copy the user ID").click()

    said, send = await box_of(alice.page.locator(".toast")), await box_of(alice.button("Send"))
    assert said["y"] + said["height"] <= send["y"]
