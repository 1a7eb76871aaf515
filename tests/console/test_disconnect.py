"""The end of a connection."""

from playwright.async_api import expect

from tests.conftest import MakeServer
from tests.console.conftest import OpenWindow


async def test_disconnected_person_can_connect_again(open_window: OpenWindow) -> None:
    window = await open_window()
    # Without a connection nothing is sent.
    await window.submit("login", userid="alice")
    await expect(window.entries).to_have_count(1)
    await expect(window.entries).to_contain_text("Not connected: nothing was sent.")
    await expect(window.entries).to_contain_text("⚠ error")
    await window.page.get_by_role("button", name="Clear").click()
    # Nor to an address that is none.
    address = await window.form("connection").get_by_label("address").input_value()
    await window.fill("connection", address="ws://")
    await window.page.get_by_role("button", name="Connect", exact=True).click()
    await expect(window.entries).to_have_count(1)
    await expect(window.entries).to_contain_text("⚠ error")
    await expect(window.state).to_have_text("not connected yet")

    await window.fill("connection", address=address)
    await window.log_in("ended-alice")
    button = window.page.get_by_role("button", name="Disconnect")
    await button.click()

    await expect(window.person).to_have_text("nobody")
    await expect(window.state).to_have_text("closed, code 1000 (normal end), no reason given")
    # Who uses the keyboard can go on from where they are.
    await expect(window.page.get_by_role("button", name="Connect", exact=True)).to_be_focused()
    await window.connect()


async def test_the_page_outlives_the_server_and_tells_its_close_code(
    open_window: OpenWindow, make_server: MakeServer
) -> None:
    server = make_server()
    window = await open_window(server)
    await window.log_in("alice")

    server.terminate()

    await expect(window.state).to_have_text("closed, code 1012 (service restart), no reason given")
    await expect(window.entries.last).to_contain_text("1012")
    assert server.exit_code == 0

    server.start()
    await window.log_in("alice")


async def test_login_timeout_is_displayed(open_window: OpenWindow, make_server: MakeServer) -> None:
    window = await open_window(make_server(IM66_LOGIN_SECONDS="1"))
    await window.connect()

    await expect(window.received("error_408_log in within 1 seconds")).to_be_visible()
    await expect(window.state).to_have_text("closed, code 4408 (no login in time), no reason given")

    await window.log_in("alice")
