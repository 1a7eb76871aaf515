"""Writing to one person."""

import base64
import json

from playwright.async_api import expect

from tests.console.conftest import OpenWindow
from tests.console.window import frame_in, unfolded


async def test_text_arrives_unchanged(open_window: OpenWindow) -> None:
    alice, bob = await open_window(), await open_window()
    await alice.log_in("write-alice")
    await bob.log_in("write-bob")

    await alice.write("write-bob", "How are you?")
    await expect(bob.received("text_write-alice_How are you?_unicast_write-alice_")).to_be_visible()
    await bob.write("write-alice", "Fine.")
    await expect(alice.received("text_write-bob_Fine._unicast_write-bob_")).to_be_visible()
    # One's own messages do not come back.
    await expect(alice.received("How are you?")).to_have_count(0)

    await alice.fill("message", to="write-bob", content="Sent by key.")
    await alice.form("message").get_by_label("content").press("Control+Enter")
    await expect(bob.received("Sent by key.")).to_be_visible()

    # Newlines can be seen.
    await alice.write("write-bob", "one\ntwo")
    entry = bob.received("one")
    assert "_one\ntwo_unicast_" in await frame_in(entry)
    await expect(entry.locator(".mark")).to_have_attribute("data-mark", "↵")

    # HTML is shown as text.
    html = "<img src=nowhere onerror=alert(1)><b>bold</b>"
    await alice.write("write-bob", html)
    entry = bob.received("bold")
    assert html in await frame_in(entry)
    assert (await unfolded(entry))["content"] == html
    await expect(entry.locator("pre img, pre b")).to_have_count(0)


async def test_frame_fields_and_extension_are_parsed(
    open_window: OpenWindow,
) -> None:
    alice, bob = await open_window(), await open_window()
    await alice.log_in("爱丽丝")
    await bob.log_in("filled-bob")
    await alice.write("filled-bob", "Hello.")
    filled = {
        "sender": "爱丽丝",
        "senderID": "爱丽丝",
        "senderAvartar": None,
        "conversation": "爱丽丝",
        "conversationAvartar": None,
    }
    assert (await unfolded(bob.received("Hello.")))["extension"] == filled

    await alice.submit("message", to="filled-bob", content="As it is.", extension="my own")
    assert (await unfolded(bob.received("As it is.")))["extension"] == "my own"
    await alice.submit("message", to="filled-bob", content="None.", extension="")
    assert (await unfolded(bob.received("None.")))["extension"] == ""

    packed = base64.encodebytes(json.dumps({"sender": "爱丽丝" * 20}).encode()).decode()
    await alice.submit(
        "message", kind="picture", to="filled-bob", content="http://a/b_c_unicast_d.jpg", extension=packed
    )
    entry = bob.received("picture_")
    assert (await frame_in(entry)).endswith(packed)
    fields = await unfolded(entry)
    assert isinstance(fields.pop("timet"), int)
    assert fields == {
        "kind": "picture",
        "from": "爱丽丝",
        "content": "http://a/b_c_unicast_d.jpg",
        "type": "unicast",
        "fromgroup": "爱丽丝",
        "extension": {"sender": "爱丽丝" * 20},
    }


async def test_console_extension_names_the_group(open_window: OpenWindow) -> None:
    alice = await open_window()
    await alice.log_in("named-alice")
    form = await alice.fill("message", to="10", type="group")
    extension = await form.get_by_label("extension").input_value()
    assert json.loads(base64.b64decode(extension))["conversation"] == "10"
    await expect(form.locator("[data-preview]")).to_contain_text(f"_group_{extension}")
    await alice.fill("login", userid="someone-else")
    extension = await form.get_by_label("extension").input_value()
    assert json.loads(base64.b64decode(extension))["sender"] == "someone-else"
    await expect(form.locator("[data-preview]")).to_contain_text(f"_group_{extension}")
