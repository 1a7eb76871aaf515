"""The console, in windows of a browser."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from testkit.server import Server
from tests.console.window import Window
from tests.support.browser import mark_tests

OpenWindow = Callable[..., Awaitable[Window]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    mark_tests(items, Path(__file__).parent)


@pytest_asyncio.fixture(loop_scope="session")
async def open_window(browser: Browser, server: Server) -> AsyncIterator[OpenWindow]:
    """Opens the console of the shared server, or of another, in a window of its own.

    At the end no window may have complained: of a script, of what it could not load, of the policy.
    """
    opened: list[Window] = []

    async def open_(at: Server = server) -> Window:
        context = await browser.new_context()
        window = Window(await context.new_page())
        opened.append(window)
        await window.open(f"{at.http}/console")
        return window

    yield open_
    for window in opened:
        await window.page.context.close()
    assert [complaint for window in opened for complaint in window.complaints] == []
