"""The message box."""

from playwright.async_api import expect

from testkit.axe import findings
from testkit.device import Device
from testkit.server import Server
from tests.client.conftest import PHONE, Cast, SignIn
from tests.client.files import png

# As the box tells the page of a key, in the middle of a word that is composed of several.
COMPOSED_ENTER = """box => box.dispatchEvent(
    new KeyboardEvent("keydown", { key: "Enter", isComposing: true, bubbles: true, cancelable: true }))"""
TYPE_QUICKLY = """box => {
    for (let at = 1; at <= 40; at++) {
        box.value = "x".repeat(at);
        box.dispatchEvent(new Event("input", { bubbles: true }));
    }
}"""


async def test_typed_text_arrives_unchanged(sign_in: SignIn, cast: Cast, demo: Server) -> None:
    alice = await sign_in(cast("alice"))
    async with Device(demo.entry, cast("bob")) as bob:
        await alice.open(f"u:{bob.userid}")

        # The other one is told that Alice writes: once, of forty letters.
        await alice.box.evaluate(TYPE_QUICKLY)
        typing = await bob.event()
        assert (typing["ev"], typing["from"]) == ("typing", alice.userid)
        await alice.box.press("Enter")
        assert (await bob.event())["ev"] == "message"

        await alice.box.fill("  Lunch at noon?\n")
        await alice.page.get_by_role("button", name="Send", exact=True).click()
        assert (await bob.message())["content"] == "  Lunch at noon?"
        await expect(alice.box).to_have_value("")
        await expect(alice.box).to_be_focused()

        await alice.box.press_sequentially("one")
        await alice.box.press("Shift+Enter")
        await alice.box.press_sequentially("two")
        await alice.box.press("Enter")
        assert (await bob.message())["content"] == "one\ntwo"
        assert await alice.box.get_attribute("enterkeyhint") == "send"

        # The key that ends a composed word does not send.
        await alice.box.fill("你好")
        await alice.box.evaluate(COMPOSED_ENTER)
        await expect(alice.box).to_have_value("你好")
        await alice.box.press_sequentially("吗")
        await alice.box.press("Enter")
        assert (await bob.message())["content"] == "你好吗"

        # What is blank is not sent; what is too long is said, and kept.
        await alice.write("   ")
        text = "好" * 22_000
        await alice.write(text)
        await expect(alice.page.get_by_role("alert")).to_contain_text("64 KB")
        await expect(alice.box).to_have_value(text)
        await alice.write(text[:20_000])
        assert (await bob.message())["content"] == text[:20_000]
        await expect(alice.page.get_by_role("alert")).to_have_count(0)


async def test_phone_enter_adds_a_line_and_the_button_sends(
    sign_in: SignIn, cast: Cast, demo: Server
) -> None:
    alice = await sign_in(cast("alice"), size=PHONE, has_touch=True, is_mobile=True)
    async with Device(demo.entry, cast("bob")) as bob:
        await alice.open(f"u:{bob.userid}")
        await expect(alice.box).not_to_be_focused()
        assert await alice.box.get_attribute("enterkeyhint") == "enter"
        await alice.box.press_sequentially("one")
        await alice.box.press("Enter")
        await alice.box.press_sequentially("two")
        await alice.button("Send").click()
        assert (await bob.message())["content"] == "one\ntwo"

        # A keyboard that is joined to it can send as well.
        await alice.box.press_sequentially("three")
        await alice.box.press("Control+Enter")
        assert (await bob.message())["content"] == "three"

        # The same where a text goes with a picture, which does not bring the keyboard.
        dialog = await alice.choose_files(png(40))
        caption = dialog.get_by_role("textbox", name="Caption")
        await expect(dialog.get_by_role("button", name="Send", exact=True)).to_be_focused()
        await caption.press_sequentially("four")
        await caption.press("Enter")
        await caption.press_sequentially("five")
        await dialog.get_by_role("button", name="Send", exact=True).click()
        assert (await bob.message())["kind"] == "picture"
        assert (await bob.message())["content"] == "four\nfive"


async def test_desktop_message_box_has_focus_grows_and_can_be_absent(sign_in: SignIn, cast: Cast) -> None:
    bob, alice, charlie = await sign_in(cast("bob")), cast("alice"), cast("charlie")
    await bob.call("GET", "me", by=charlie)
    await bob.call("PUT", f"blocks/{charlie}")
    await bob.open(f"u:{alice}")
    await expect(bob.box).to_be_focused()

    async def height(lines: int) -> float:
        await bob.box.fill("\n".join("line" for _ in range(lines)))
        box = await bob.box.bounding_box()
        assert box
        return box["height"]

    one, four, eight, many = [await height(lines) for lines in (1, 4, 8, 40)]
    assert one < four < eight
    assert many - eight < (eight - four) / 4

    await bob.page.get_by_role("button", name="Stickers", exact=True).click()
    await bob.page.get_by_role("tab", name="Emoji").click()
    assert await findings(bob.page, ".composer") == []

    # It is gone for somebody who is removed from a group, or has blocked the other person.
    made = await bob.call("POST", "groups", {"name": "friends", "members": [bob.userid]}, by=alice)
    await bob.open(f"g:{made['id']}")
    await bob.write("Hello, all!")
    await bob.reads("Hello, all!")
    await bob.call("DELETE", f"groups/{made['id']}/members/{bob.userid}", by=alice)
    await expect(bob.page.get_by_text("You are no longer in this group.")).to_be_visible()
    await expect(bob.box).to_have_count(0)

    await bob.page.goto(f"{bob.url}/#/u/{charlie}")
    await expect(bob.page.get_by_text("You have blocked this person.")).to_be_visible()
    await expect(bob.box).to_have_count(0)
