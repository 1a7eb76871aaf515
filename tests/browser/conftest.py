"""One browser for all these tests; each test has windows of its own, which share nothing."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from testkit.chromium import chromium
from testkit.server import Server
from tests.browser.window import Window

HERE = Path(__file__).parent

OpenWindow = Callable[..., Awaitable[Window]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The browser lives as long as the session, and belongs to the event loop it was started in. Its start
    alone makes every test here a slow one."""
    marker = pytest.mark.asyncio(loop_scope="session")
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.slow)
            if pytest_asyncio.is_async_test(item):
                item.add_marker(marker, append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def open_window(browser: Browser, server: Server) -> AsyncIterator[OpenWindow]:
    """Opens the page of the shared server, or of another, in a window of its own.

    At the end no window may have complained: of a script, of what it could not load, of the policy.
    """
    opened: list[Window] = []

    async def open_(at: Server = server) -> Window:
        context = await browser.new_context()
        window = Window(await context.new_page())
        opened.append(window)
        await window.open(f"{at.http}/")
        return window

    yield open_
    for window in opened:
        await window.page.context.close()
    assert [complaint for window in opened for complaint in window.complaints] == []
