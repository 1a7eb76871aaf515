"""The JSON dialect."""

import json
from typing import Any

from playwright.async_api import Locator, expect

from tests.console.conftest import OpenWindow
from tests.console.window import frame_in, unfolded


async def previewed(form: Locator) -> Any:
    return json.loads(await form.locator("[data-preview]").text_content() or "")


async def test_dialects_meet_in_one_conversation(open_window: OpenWindow) -> None:
    alice, bob = await open_window(), await open_window()
    await alice.say_hello("meets-alice")
    await expect(alice.person).to_have_text("meets-alice")
    await bob.log_in("meets-bob")

    await alice.submit("send", to="u:meets-bob", content="From the new one.")
    # Each command has the next id.
    await expect(alice.received('"re":2,"ok":{"id":')).to_be_visible()
    await expect(bob.received("text_meets-alice_From the new one._unicast_")).to_be_visible()
    await bob.write("meets-alice", "From the old one.")
    data = json.loads(await frame_in(alice.received("From the old one.")))
    assert (data["ev"], data["from"], data["conversation"]) == ("message", "meets-bob", "u:meets-bob")


async def test_the_dialect_is_chosen_before_connecting(open_window: OpenWindow) -> None:
    window = await open_window()
    await expect(window.form("login")).to_be_visible()
    await expect(window.form("hello")).to_have_count(0)

    await window.choose("im66.json.v1")
    await expect(window.form("hello")).to_be_visible()
    await expect(window.form("login")).to_have_count(0)

    await window.connect()
    await expect(window.person).to_have_text("nobody")
    await expect(window.page.get_by_role("radio", name="legacy")).to_be_disabled()
    await window.page.get_by_role("button", name="Disconnect").click()
    await expect(window.page.get_by_role("radio", name="legacy")).to_be_enabled()


async def test_values_are_of_their_types_and_what_is_empty_is_left_out(open_window: OpenWindow) -> None:
    window = await open_window()
    await window.choose("im66.json.v1")

    form = await window.fill("send", to="g:7", reply="12", content='one\n"two"')
    assert await previewed(form) == {
        "id": 1,
        "cmd": "send",
        "to": "g:7",
        "kind": "text",
        "reply": 12,
        "content": 'one\n"two"',
    }
    form = await window.fill("presence", users="ann, ben,")
    assert await previewed(form) == {"id": 1, "cmd": "presence", "users": ["ann", "ben"]}
    form = await window.fill("react", target="7", on="false")
    assert await previewed(form) == {"id": 1, "cmd": "react", "target": 7, "emoji": "👍", "on": False}
    form = await window.fill("ack", upto="not a number")
    assert await previewed(form) == {"id": 1, "cmd": "ack", "upto": "not a number"}


async def test_examples_follow_what_was_sent_and_received(open_window: OpenWindow) -> None:
    alice, bob = await open_window(), await open_window()
    await alice.say_hello("follow-alice")
    await bob.say_hello("follow-bob")
    # What somebody has written does not change.
    form = await bob.fill("edit", target="999")
    await alice.submit("send", to="u:follow-bob", content="helo")
    sent = json.loads(await frame_in(alice.received('"ok":{"id":')))["ok"]["id"]

    await alice.submit("edit", content="hello")
    await expect(bob.received('"ev":"edited"')).to_contain_text(f'"target":{sent}')
    await expect(form.get_by_label("target")).to_have_value("999")
    await bob.submit("react")
    await expect(alice.received('"ev":"reaction"')).to_contain_text(f'"target":{sent}')
    await bob.submit("read")
    await expect(alice.received('"ev":"read"')).to_contain_text(f'"user":"follow-bob","upto":{sent}')


async def test_a_frame_is_coloured_and_stays_what_it_is_and_can_be_read_indented(
    open_window: OpenWindow,
) -> None:
    window = await open_window()
    await window.say_hello("indented-alice")
    welcome = window.received('"features"')
    assert await unfolded(welcome) == json.loads(await frame_in(welcome))
    assert "\n  " in await welcome.locator("details pre").inner_text()

    frame = '{"a\\"b" : [1.5e3, "x\ny", true], broken "'
    await window.submit("raw", frame=frame)
    entry = window.entries.filter(has_text="broken")
    assert await frame_in(entry) == frame
    for kind, texts in {"key": ['"a\\"b"'], "number": ["1.5e3"], "literal": ["true"]}.items():
        assert await entry.locator(f".{kind}").all_text_contents() == texts

    # An error is marked in words.
    await window.submit("raw", frame='{"id": "mine", "cmd": "sing"}')
    await expect(window.received('"re":"mine","error"')).to_contain_text("⚠ error")
