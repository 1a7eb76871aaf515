"""Logging in and out."""

from playwright.async_api import expect

from tests.console.conftest import OpenWindow


async def test_it_works(open_window: OpenWindow) -> None:
    alice, bob = await open_window(), await open_window()

    await alice.log_in("login-alice")
    await bob.log_in("login-bob")
    await bob.write("login-alice", "Are you there?")

    await expect(alice.received("text_login-bob_Are you there?_unicast_login-bob_")).to_be_visible()


async def test_the_keyboard_is_enough(open_window: OpenWindow) -> None:
    alice, bob = await open_window(), await open_window()

    await alice.tab_to(alice.form("connection").get_by_label("address"))
    await alice.page.keyboard.press("Enter")
    await expect(alice.state).to_have_text("open")
    await alice.tab_to(alice.form("login").get_by_label("userid"))
    await alice.page.keyboard.type("keyboard-alice")
    await alice.page.keyboard.press("Enter")

    await bob.log_in("keyboard-bob")
    await bob.write("keyboard-alice", "Well typed.")
    await expect(alice.received("Well typed.")).to_be_visible()


async def test_the_frame_shows_while_it_is_typed(open_window: OpenWindow) -> None:
    window = await open_window()

    form = await window.fill("login", userid="alice")
    await expect(form.get_by_text("login_alice", exact=True)).to_be_visible()

    await window.fill("login", token="a.b_c")
    await expect(form.get_by_text("login_alice_a.b_c", exact=True)).to_be_visible()


async def test_without_a_connection_nothing_is_sent(open_window: OpenWindow) -> None:
    window = await open_window()

    await window.submit("login", userid="alice")

    await expect(window.entries).to_have_count(1)
    await expect(window.entries).to_contain_text("Not connected: nothing was sent.")
    await expect(window.entries).to_contain_text("⚠ error")


async def test_who_has_logged_out_may_no_longer_write(open_window: OpenWindow) -> None:
    alice = await open_window()
    await alice.log_in("logout-alice")

    await alice.submit("logout", userid="logout-alice")
    await alice.write("logout-bob", "Too late.")

    await expect(alice.received("error_401_")).to_be_visible()
