"""One browser for all tests that need one; each has windows of its own, which share nothing."""

import os
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Error, Page, Response, expect

from testkit.chromium import chromium
from tests.support.tiers import WIDE

_SCREENS = Path(__file__).parents[2] / "var" / "screens"


# As long as a click waits: the machine may be busy, and what is there ends the wait.
expect.set_options(timeout=30_000)

_goto = Page.goto
_TRIES = 3


async def goto_steadily(page: Page, url: str, **options: Any) -> Response | None:
    """Chromium breaks off what it loads when an address of the machine changes, as in tests that make
    networks of their own. Then the page is loaded again."""
    for _ in range(_TRIES - 1):
        try:
            return await _goto(page, url, **options)
        except Error as error:
            if "ERR_NETWORK_CHANGED" not in str(error):
                raise
    return await _goto(page, url, **options)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as running:
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(Page, "goto", goto_steadily)
            yield running


def mark_tests(items: Sequence[pytest.Item], folder: Path) -> None:
    """For the conftest of a folder whose tests use the browser. It lives as long as the session, and belongs
    to the event loop it was started in. Its start alone makes every test there a slow one."""
    marker = pytest.mark.asyncio(loop_scope="session")
    # Not asked of the path, which takes a second for all tests there are.
    inside = f"{folder}{os.sep}"
    for item in items:
        if str(item.path).startswith(inside):
            item.add_marker(pytest.mark.slow)
            if pytest_asyncio.is_async_test(item):
                item.add_marker(marker, append=False)


async def keep_picture(page: Page, name: str, config: pytest.Config, *, full: bool = False) -> None:
    """A picture of the page in var/screens/, to be looked at: in the wide tier only.

    `whole`: also of what is scrolled out of sight.
    """
    if config.getoption("tier") == WIDE:
        _SCREENS.mkdir(parents=True, exist_ok=True)
        await page.screenshot(path=_SCREENS / f"{name}.png", full_page=full)
