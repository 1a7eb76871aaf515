"""Sending a frame as it is."""

from playwright.async_api import expect

from tests.console.conftest import OpenWindow
from tests.console.window import frame_in


async def test_it_works(open_window: OpenWindow) -> None:
    window = await open_window()
    await window.connect()

    await window.submit("raw", frame="login_raw-alice")
    await window.submit("raw", frame="text_raw-alice_to\nmyself_unicast_")

    # Waits for an answer: the connection has been logged in.
    await window.settle()
    assert await frame_in(window.entries.filter(has_text="myself")) == "text_raw-alice_to\nmyself_unicast_"


async def test_an_error_is_shown_and_marked_in_words(open_window: OpenWindow) -> None:
    window = await open_window()
    await window.connect()

    await window.submit("raw", frame="nonsense")

    answer = window.received("error_400_unknown verb")
    await expect(answer).to_be_visible()
    await expect(answer).to_contain_text("⚠ error")
    await expect(window.entries.filter(has_text="→ sent")).not_to_contain_text("⚠ error")


async def test_the_size_counts_the_bytes_of_utf8(open_window: OpenWindow) -> None:
    window = await open_window()
    await window.connect()

    await window.submit("raw", frame="记录")

    await expect(window.entries.filter(has_text="→ sent")).to_contain_text("6 bytes")
