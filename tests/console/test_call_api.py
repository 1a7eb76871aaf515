"""Calls of the API."""

from collections.abc import Iterator

import pytest
from playwright.async_api import expect

from testkit.server import Server
from tests.console.conftest import OpenWindow
from tests.console.window import unfolded
from tests.support.tokens import IN_TOKEN_MODE, token

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("strict"), **IN_TOKEN_MODE) as server:
        server.run_python(
            f"from accounts.models import User; User.objects.create_user('alice', {PASSWORD!r})\n"
            "User.objects.create_user('bob')"
        )
        yield server


async def test_console_calls_as_the_userid_of_the_form(open_window: OpenWindow) -> None:
    window = await open_window()
    await window.fill("login", userid="api-爱丽丝")
    await window.submit("request", method="PATCH", path="/api/v1/me", body='{"nickname": "Alice"}')
    me = await unfolded(window.received("HTTP 200"))
    assert (me["userid"], me["nickname"]) == ("api-爱丽丝", "Alice")
    await expect(window.entries.first).to_contain_text(
        "Authorization: Userid api-%E7%88%B1%E4%B8%BD%E4%B8%9D"
    )

    await window.submit("request", method="GET", path="/api/v1/groups/999999999", body="")
    await expect(window.received("HTTP 404")).to_contain_text("⚠ error")
    await expect(window.received("HTTP 404")).to_contain_text('"name":"not_found"')

    form = await window.fill("request", path="/api/v1/schema", body="x")
    await form.get_by_label("example").select_option("POST groups: create a group")
    await expect(form.get_by_label("method")).to_have_value("POST")
    await expect(form.locator("[name=path]")).to_have_value("/api/v1/groups")
    await expect(form.get_by_label("body JSON")).to_have_value('{"name": "Friends", "members": ["bob"]}')
    await expect(form.locator("[data-preview]")).to_contain_text("POST /api/v1/groups")

    # The one of the chosen dialect.
    await window.fill("login", userid="old")
    await window.choose("im66.json.v1")
    await window.fill("hello", userid="new")
    form = await window.fill("request", path="/api/v1/me")
    await expect(form.locator("[data-preview]")).to_contain_text("Authorization: Userid new")
    await window.choose("legacy")
    await expect(form.locator("[data-preview]")).to_contain_text("Authorization: Userid old")


async def test_in_token_mode_the_token_or_the_session_goes_with_it(
    open_window: OpenWindow, strict: Server
) -> None:
    window = await open_window(strict)
    # Who is refused is nobody.
    await window.connect()
    await window.submit("login", userid="bob")
    await expect(window.received("error_401_")).to_be_visible()
    await expect(window.person).to_have_text("nobody")
    await window.fill("login", userid="bob", token=token("bob"))
    await window.submit("request", method="GET", path="/api/v1/me")
    assert (await unfolded(window.received("HTTP 200")))["userid"] == "bob"

    await window.page.get_by_role("navigation").get_by_role("link", name="Sign in").click()
    await window.page.get_by_label("User ID").fill("alice")
    await window.page.get_by_label("Password").fill(PASSWORD)
    await window.page.get_by_role("button", name="Sign in").click()
    await expect(window.page.get_by_role("navigation")).to_contain_text("alice")

    await window.submit("request", method="PATCH", path="/api/v1/me", body='{"nickname": "Alice"}')
    assert (await unfolded(window.received("HTTP 200")))["nickname"] == "Alice"

    # The session proves it on the socket, too, and the form names nobody.
    await window.choose("im66.json.v1")
    await window.connect()
    await window.submit("hello")
    await expect(window.person).to_have_text("alice (Alice)")
