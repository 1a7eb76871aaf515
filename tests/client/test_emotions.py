"""Emotions, which are sent immediately, and emoji, which are inserted into the text."""

import json

from playwright.async_api import Locator, Route, expect

from testkit.device import Device
from testkit.server import Server
from tests.client.conftest import PHONE, Cast, SignIn
from tests.client.person import Person

CODES = [f"~{number}" for number in range(20)]
SET = [{"code": code, "name": "dot", "en": f"Mood {code[1:]}", "zh": f"心情 {code[1:]}"} for code in CODES]
DOT = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 2 2"><circle cx="1" cy="1" r="1"/></svg>'


async def with_emotions(person: Person) -> None:
    """Serve a set of twenty emotions."""

    async def answer(route: Route) -> None:
        if route.request.url.endswith(".json"):
            await route.fulfill(body=json.dumps(SET), content_type="application/json")
        else:
            await route.fulfill(body=DOT, content_type="image/svg+xml")

    await person.page.route("**/emotions/*", answer)
    await person.page.reload()


def picker(person: Person) -> Locator:
    return person.page.get_by_role("dialog", name="Stickers and emoji")


async def pick(person: Person) -> Locator:
    await person.page.get_by_role("button", name="Stickers", exact=True).click()
    return picker(person)


async def test_emotions_and_stickers_are_sent_without_losing_the_draft(
    sign_in: SignIn, cast: Cast, demo: Server
) -> None:
    alice = await sign_in(cast("alice"))
    await with_emotions(alice)
    async with Device(demo.entry, cast("bob")) as bob:
        await alice.open(f"u:{bob.userid}")
        await alice.box.fill("half a sen")
        await (await pick(alice)).get_by_role("button", name="Mood 7", exact=True).click()
        message = await bob.message()
        assert (message["kind"], message["content"]) == ("emotion", "~7")
        await expect(picker(alice)).to_have_count(0)
        await expect(alice.box).to_have_value("half a sen")
        await expect(alice.box).to_be_focused()

        # By keyboard. A key that is pressed at once is for the picker: before the page is drawn again.
        button = alice.page.get_by_role("button", name="Stickers", exact=True)
        assert await button.evaluate(
            """async (button) => {
                button.click();
                await null;
                return document.activeElement.closest(".picker") !== null;
            }"""
        )
        await alice.page.keyboard.press("Escape")
        await expect(picker(alice)).to_have_count(0)
        await expect(alice.box).to_be_focused()
        await alice.box.press("Tab")
        await alice.page.keyboard.press("Enter")
        await expect(picker(alice).get_by_role("button", name="Mood 0")).to_be_focused()
        for key in ("ArrowRight", "ArrowRight", "ArrowLeft", "ArrowDown", "ArrowUp", "Enter"):
            await alice.page.keyboard.press(key)
        assert (await bob.message())["content"] == "~1"

        # A sticker of a message is saved, sent again and removed.
        await bob.call("send", to=f"u:{alice.userid}", kind="emotion", content="~3")
        await alice.page.get_by_role("img", name="Mood 3", exact=True).click(button="right")
        await alice.choose("Save as sticker")
        await pick(alice)
        await alice.page.keyboard.press("Shift+Tab")
        await alice.page.keyboard.press("ArrowRight")
        await expect(picker(alice).get_by_role("tab", name="Saved")).to_be_focused()
        await picker(alice).get_by_role("button", name="Mood 3", exact=True).click()
        assert (await bob.message())["content"] == "~3"
        await (await pick(alice)).get_by_role("button", name="Remove stickers").click()
        await picker(alice).get_by_role("button", name="Remove Mood 3").click()
        await expect(picker(alice)).to_contain_text("Nothing yet.")


async def test_emoji_is_inserted_at_the_cursor_by_picker_or_word(sign_in: SignIn, cast: Cast) -> None:
    alice = await sign_in(cast("alice"))
    await alice.open(f"u:{cast('bob')}")
    await alice.box.fill("Well done!")
    await alice.box.evaluate("box => box.setSelectionRange(4, 4)")
    emoji = await pick(alice)
    await emoji.get_by_role("tab", name="Emoji").click()
    await emoji.get_by_role("button", name="👍").click()
    await emoji.get_by_role("button", name="🥟").click()
    await expect(alice.box).to_have_value("Well👍🥟 done!")

    # A word after a colon finds them, and stickers.
    await alice.box.fill("at 10:30")
    await alice.box.press_sequentially(" :smi")
    offered = alice.page.get_by_role("listbox", name="Stickers and emoji").get_by_role("option")
    await expect(offered.last).to_contain_text("Smile")
    await expect(alice.box).to_have_attribute("aria-activedescendant", "composer-choices-0")
    await alice.box.press("ArrowDown")
    await alice.box.press("Enter")
    await expect(alice.box).to_have_value("at 10:30 😄")
    await alice.box.press_sequentially(" :開")
    await expect(offered.first).to_have_text("😀grin happy smile")
    await alice.box.press("Escape")
    await expect(offered).to_have_count(0)
    await alice.box.fill("at 10:30")
    await alice.box.press_sequentially(" :thumbs")
    await offered.filter(has_text="Sticker").click()
    await expect(alice.page.get_by_role("img", name="Thumbs up")).to_be_visible()
    await expect(alice.box).to_have_value("at 10:30 ")

    await alice.page.reload()
    emoji = await pick(alice)
    await emoji.get_by_role("tab", name="Emoji").click()
    last = emoji.get_by_role("region", name="Recent")
    await expect(last.get_by_role("button")).to_have_text(["🥟", "👍"])


async def test_phone_emotion_picker_is_below_the_message_box(sign_in: SignIn, cast: Cast) -> None:
    alice = await sign_in(cast("alice"), size=PHONE)
    await with_emotions(alice)
    await alice.open(f"u:{cast('bob')}")

    sheet = await (await pick(alice)).bounding_box()

    box = await alice.box.bounding_box()
    assert sheet
    assert box
    assert box["y"] + box["height"] <= sheet["y"]
    assert sheet["y"] + sheet["height"] <= PHONE["height"]
    assert sheet["width"] == PHONE["width"]
