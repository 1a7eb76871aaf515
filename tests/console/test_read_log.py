"""Reading the log of frames."""

from playwright.async_api import expect

from testkit.server import Server
from tests.conftest import MakeServer
from tests.console.conftest import OpenWindow
from tests.support.polling import until

KEPT = 500


async def test_heartbeats_can_be_hidden(open_window: OpenWindow, make_server: MakeServer) -> None:
    window = await open_window(make_server(IM66_HEARTBEAT_SECONDS="0.1"))
    await window.log_in("alice")
    await expect(window.received("heartbeat_").first).to_be_visible()

    await window.page.get_by_role("checkbox", name="heartbeats").uncheck()

    await expect(window.received("heartbeat_")).to_have_count(0)
    await expect(window.entries.filter(has_text="login_alice")).to_be_visible()


async def test_log_keeps_last_500_entries(open_window: OpenWindow, busy_server: Server) -> None:
    window = await open_window(busy_server)
    await window.connect()
    await window.submit("raw", frame="the first")
    await expect(window.received("error_400_")).to_have_count(1)
    form = await window.fill("raw", frame="another")

    # Each is sent and answered.
    await form.evaluate("(form, times) => { while (times--) form.requestSubmit() }", KEPT // 2 + 10)
    await window.submit("members", groupid="1")

    await expect(window.received("error_401_")).to_be_visible()
    await expect(window.entries).to_have_count(KEPT)
    await expect(window.entries.filter(has_text="the first")).to_have_count(0)


async def test_log_keeps_scroll_position_of_reader(open_window: OpenWindow) -> None:
    alice, bob = await open_window(), await open_window()
    await alice.log_in("scroll-alice")
    await bob.log_in("scroll-bob")
    for _ in range(4):
        await bob.write("scroll-alice", "line\n" * 60)
    await expect(alice.received("scroll-bob")).to_have_count(4)
    scroller = alice.page.get_by_role("log")
    assert await scroller.evaluate("scroller => scroller.scrollTop") > 0

    await scroller.evaluate("scroller => (scroller.scrollTop = 0)")
    await bob.write("scroll-alice", "Later.")
    await expect(alice.received("Later.")).to_have_count(1)
    await expect(alice.entries.last).not_to_be_in_viewport()

    await alice.write("scroll-bob", "Back to the end.")
    await expect(alice.entries.last).to_be_in_viewport()


async def test_a_long_frame_is_scrolled_by_the_keyboard_and_a_short_one_takes_no_step(
    open_window: OpenWindow,
) -> None:
    window = await open_window()
    await window.connect()
    await expect(window.entries).to_have_count(2)
    assert await window.entries.locator("[tabindex]").count() == 0

    await window.submit("raw", frame="line\n" * 100)
    frame = window.entries.filter(has_text="line").locator(".frame")
    await window.page.get_by_role("log").focus()
    await window.tab_to(frame)
    await window.page.keyboard.press("End")
    await expect(frame).to_be_focused()
    await until(window.page, "document.activeElement.scrollTop > 0")
