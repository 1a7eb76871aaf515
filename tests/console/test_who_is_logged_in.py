"""The page says who is logged in on the connection."""

from collections.abc import Iterator

import pytest
from playwright.async_api import expect

from testkit.server import Server
from tests.console.conftest import OpenWindow
from tests.support.tokens import IN_TOKEN_MODE


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("strict"), **IN_TOKEN_MODE) as server:
        yield server


async def test_it_works(open_window: OpenWindow) -> None:
    window = await open_window()
    await expect(window.person).to_have_text("nobody")
    await window.log_in("who-alice")
    await expect(window.person).to_have_text("who-alice")

    await window.submit("logout", userid="who-alice")
    await expect(window.person).to_have_text("nobody")


async def test_the_answer_to_hello_says_it(open_window: OpenWindow) -> None:
    window = await open_window()
    await window.choose("im66.json.v1")
    await window.connect()
    await expect(window.person).to_have_text("nobody")
    await window.submit("hello", userid="hello-alice")
    await expect(window.person).to_have_text("hello-alice")


async def test_after_the_end_of_the_connection_it_is_nobody(open_window: OpenWindow) -> None:
    window = await open_window()
    await window.log_in("ended-alice")
    await window.page.get_by_role("button", name="Disconnect").click()
    await expect(window.person).to_have_text("nobody")


async def test_who_is_refused_is_nobody(open_window: OpenWindow, strict: Server) -> None:
    window = await open_window(strict)
    await window.connect()
    await window.submit("login", userid="alice")
    await expect(window.received("error_401_")).to_be_visible()
    await expect(window.person).to_have_text("nobody")


async def test_an_error_of_something_else_changes_nothing(open_window: OpenWindow) -> None:
    window = await open_window()
    await window.log_in("other-alice")
    await window.submit("members", groupid="999999999999999")
    await window.submit("raw", frame="nonsense")
    await expect(window.received("error_400_")).to_be_visible()
    await expect(window.person).to_have_text("other-alice")
