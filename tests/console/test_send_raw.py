"""Sending a frame as it is."""

from playwright.async_api import expect

from tests.console.conftest import OpenWindow
from tests.console.window import frame_in


async def test_a_frame_goes_as_it_was_written(open_window: OpenWindow) -> None:
    window = await open_window()
    await window.connect()
    sent = window.entries.filter(has_text="→ sent")

    await window.submit("raw", frame="记录")
    # The size counts the bytes of UTF-8.
    await expect(sent).to_contain_text("6 bytes")
    answer = window.received("error_400_unknown verb")
    await expect(answer).to_be_visible()
    await expect(answer).to_contain_text("⚠ error")
    await expect(sent).not_to_contain_text("⚠ error")

    await window.submit("raw", frame="login_raw-alice")
    await window.submit("raw", frame="text_raw-alice_to\nmyself_unicast_")
    # Waits for an answer: the connection has been logged in.
    await window.settle()
    assert await frame_in(window.entries.filter(has_text="myself")) == "text_raw-alice_to\nmyself_unicast_"
