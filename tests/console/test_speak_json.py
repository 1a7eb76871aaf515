"""The JSON dialect."""

import json
from typing import Any

from playwright.async_api import Locator, expect

from tests.console.conftest import OpenWindow
from tests.console.window import frame_in, unfolded


async def previewed(form: Locator) -> Any:
    return json.loads(await form.locator("[data-preview]").text_content() or "")


async def test_it_works(open_window: OpenWindow) -> None:
    alice, bob = await open_window(), await open_window()
    await alice.say_hello("json-alice")
    await bob.say_hello("json-bob")

    await alice.submit("send", to="u:json-bob", content="How are you?")
    await expect(alice.received('"re":2,"ok":{"id":')).to_be_visible()
    told = json.loads(await frame_in(bob.received("How are you?")))
    assert (told["ev"], told["from"], told["conversation"]) == ("message", "json-alice", "u:json-alice")


async def test_both_dialects_meet_in_one_conversation(open_window: OpenWindow) -> None:
    alice, bob = await open_window(), await open_window()
    await alice.say_hello("meets-alice")
    await bob.log_in("meets-bob")

    await alice.submit("send", to="u:meets-bob", content="From the new one.")
    await expect(bob.received("text_meets-alice_From the new one._unicast_")).to_be_visible()
    await bob.write("meets-alice", "From the old one.")
    await expect(alice.received('"content":"From the old one."')).to_be_visible()


async def test_the_dialect_is_chosen_before_connecting(open_window: OpenWindow) -> None:
    window = await open_window()
    await expect(window.form("login")).to_be_visible()
    await expect(window.form("hello")).to_have_count(0)

    await window.choose("im66.json.v1")
    await expect(window.form("hello")).to_be_visible()
    await expect(window.form("login")).to_have_count(0)

    await window.connect()
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


async def test_each_command_has_the_next_id(open_window: OpenWindow) -> None:
    window = await open_window()
    await window.choose("im66.json.v1")
    await window.connect()

    await window.submit("ping")
    await window.submit("ping")

    await expect(window.received('"re":1,')).to_be_visible()
    await expect(window.received('"re":2,')).to_be_visible()


async def test_examples_follow_what_was_sent_and_received(open_window: OpenWindow) -> None:
    alice, bob = await open_window(), await open_window()
    await alice.say_hello("follow-alice")
    await bob.say_hello("follow-bob")
    await alice.submit("send", to="u:follow-bob", content="helo")
    sent = json.loads(await frame_in(alice.received('"ok":{"id":')))["ok"]["id"]

    await alice.submit("edit", content="hello")
    await expect(bob.received('"ev":"edited"')).to_contain_text(f'"target":{sent}')
    await bob.submit("react")
    await expect(alice.received('"ev":"reaction"')).to_contain_text(f'"target":{sent}')
    await bob.submit("read")
    await expect(alice.received('"ev":"read"')).to_contain_text(f'"user":"follow-bob","upto":{sent}')


async def test_what_somebody_has_written_does_not_change(open_window: OpenWindow) -> None:
    alice, bob = await open_window(), await open_window()
    await alice.say_hello("kept-alice")
    await bob.say_hello("kept-bob")
    form = await bob.fill("react", target="999")

    await alice.submit("send", to="u:kept-bob", content="Hello.")
    await expect(bob.received("Hello.")).to_be_visible()

    await expect(form.get_by_label("target")).to_have_value("999")


async def test_an_error_is_marked_in_words(open_window: OpenWindow) -> None:
    window = await open_window()
    await window.choose("im66.json.v1")
    await window.connect()

    await window.submit("raw", frame='{"id": "mine", "cmd": "sing"}')

    await expect(window.received('"re":"mine","error"')).to_contain_text("⚠ error")


async def test_a_frame_is_coloured_and_stays_what_it_is(open_window: OpenWindow) -> None:
    window = await open_window()
    await window.choose("im66.json.v1")
    await window.connect()
    frame = '{"a\\"b" : [1.5e3, "x\ny", true], broken "'

    await window.submit("raw", frame=frame)

    entry = window.entries.filter(has_text="broken")
    assert await frame_in(entry) == frame
    for kind, texts in {"key": ['"a\\"b"'], "number": ["1.5e3"], "literal": ["true"]}.items():
        assert await entry.locator(f".{kind}").all_text_contents() == texts


async def test_a_long_frame_can_be_read_indented(open_window: OpenWindow) -> None:
    window = await open_window()
    await window.say_hello("indented-alice")

    welcome = window.received('"features"')

    assert await unfolded(welcome) == json.loads(await frame_in(welcome))
    assert "\n  " in await welcome.locator("details pre").inner_text()
