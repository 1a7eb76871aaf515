"""The layout on wide and narrow screens."""

import re
from typing import Any

from playwright.async_api import Locator, ViewportSize, expect

from tests.client.conftest import PHONE, Cast, SignIn
from tests.client.person import Person

TABLET: ViewportSize = {"width": 720, "height": 900}


async def box_of(what: Locator) -> Any:
    box = await what.bounding_box()
    assert box
    return box


async def test_phone_layout_has_one_heading_without_shortcuts_or_console(sign_in: SignIn, cast: Cast) -> None:
    alice = await sign_in(cast("alice"), size=PHONE)
    for _ in range(2):
        await expect(alice.page.get_by_role("heading", level=1)).to_have_count(1)
        await expect(alice.page.get_by_role("main")).to_have_count(1)
        await alice.open(f"u:{cast('bob')}")
    await alice.page.goto(f"{alice.url}/#/")
    await has_in_its_menu(alice, 0)


async def has_in_its_menu(person: Person, times: int) -> None:
    await person.page.get_by_role("button", name="profile and settings").click()
    await expect(person.page.get_by_role("menuitem", name="Settings")).to_be_visible()
    for entry in ("Keyboard shortcuts", "Console for developers"):
        await expect(person.page.get_by_role("menuitem", name=entry)).to_have_count(times)
    await person.page.keyboard.press("Escape")


async def test_desktop_shows_initials_and_tablet_the_panel_beside_messages(
    sign_in: SignIn, cast: Cast
) -> None:
    alice, bob = await sign_in(cast("alice")), cast("bob")
    await has_in_its_menu(alice, 1)
    await alice.call("PATCH", "me", {"nickname": "爱丽丝"})
    # A group gets its picture by itself.
    group = await alice.make_group("Friends", bob)
    picture = alice.conversation("Friends").locator("img")
    await expect(picture).to_have_attribute("src", re.compile("/media/"))
    text = {"kind": "text", "content": "hello"}
    await alice.call("POST", f"conversations/u:{bob}/messages", text)
    await alice.page.reload()

    # Without a picture, the initial is shown.
    await shows(alice.conversation(bob), "B")
    await shows(alice.page.get_by_role("button", name="profile and settings"), "爱")
    await alice.open(group)
    await alice.button("About this conversation").click()
    members = alice.page.get_by_role("list", name="Members").get_by_role("listitem")
    await expect(members).to_have_count(2)
    await shows(members.filter(has_text="爱丽丝"), "爱")
    await shows(members.filter(has_text=bob), "B")
    await alice.button("Close the panel").click()

    # What the page says covers no button.
    await alice.open(f"u:{bob}")
    await alice.button("About this conversation").click()
    await alice.button("Copy the user ID").click()
    box, send = await box_of(alice.page.locator(".toast")), await box_of(alice.button("Send"))
    assert box["y"] + box["height"] <= send["y"]

    await alice.page.set_viewport_size(TABLET)
    panel = alice.page.get_by_role("complementary", name="About this conversation")
    await expect(alice.conversations).to_be_hidden()
    messages, beside = await box_of(alice.messages), await box_of(panel)
    assert messages["width"] > 300
    assert messages["x"] + messages["width"] <= beside["x"] + 1
    await alice.button("Close the panel").click()
    await expect(alice.conversations).to_be_visible()


async def shows(within: Locator, initial: str) -> None:
    await expect(within.locator(".avatar-tile").first).to_have_attribute("data-initial", initial)
