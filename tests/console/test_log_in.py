"""Logging in and out."""

import pytest
from playwright.async_api import expect

from tests.console.conftest import OpenWindow


@pytest.mark.core
async def test_logged_in_person_receives_until_logout(open_window: OpenWindow) -> None:
    alice, bob = await open_window(), await open_window()
    # The keyboard is enough.
    await alice.tab_to(alice.form("connection").get_by_label("address"))
    await alice.page.keyboard.press("Enter")
    await expect(alice.state).to_have_text("open")
    await expect(alice.person).to_have_text("nobody")
    await alice.tab_to(alice.form("login").get_by_label("userid"))
    await alice.page.keyboard.type("login-alice")
    # The frame shows while it is typed.
    await expect(alice.form("login").get_by_text("login_login-alice", exact=True)).to_be_visible()
    await alice.page.keyboard.press("Enter")
    await expect(alice.person).to_have_text("login-alice")

    await bob.log_in("login-bob")
    await bob.write("login-alice", "Are you there?")
    await expect(alice.received("text_login-bob_Are you there?_unicast_login-bob_")).to_be_visible()

    # An error of something else changes nothing.
    await alice.submit("members", groupid="999999999999999")
    await alice.submit("raw", frame="nonsense")
    await expect(alice.received("error_400_")).to_be_visible()
    await expect(alice.person).to_have_text("login-alice")

    await alice.submit("logout", userid="login-alice")
    await expect(alice.person).to_have_text("nobody")
    await alice.write("login-bob", "Too late.")
    await expect(alice.received("error_401_")).to_be_visible()

    form = await alice.fill("login", userid="alice", token="a.b_c")
    await expect(form.get_by_text("login_alice_a.b_c", exact=True)).to_be_visible()
