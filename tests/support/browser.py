"""A browser shared by all tests that need one. Each test has separate contexts."""

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


# The same timeout as for clicks, because the machine may be busy.
expect.set_options(timeout=30_000)

_goto = Page.goto
_TRIES = 3


async def goto_steadily(page: Page, url: str, **options: Any) -> Response | None:
    """Load the page, and retry after network changes.

    Chromium aborts loading when an address of the machine changes, as in tests that create networks.
    """
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
    """Mark the tests of a folder that use the browser as slow, and let them share its event loop.

    For the conftest of such a folder. The browser lives as long as the session, in the loop in which it was
    started.
    """
    marker = pytest.mark.asyncio(loop_scope="session")
    # Compared as strings, because comparing paths takes a second for all tests.
    inside = f"{folder}{os.sep}"
    for item in items:
        if str(item.path).startswith(inside):
            item.add_marker(pytest.mark.slow)
            if pytest_asyncio.is_async_test(item):
                item.add_marker(marker, append=False)


async def keep_picture(page: Page, name: str, config: pytest.Config, *, full: bool = False) -> None:
    """In the wide tier, save a screenshot in var/screens/. If `full`, include what is scrolled out of
    sight."""
    if config.getoption("tier") == WIDE:
        _SCREENS.mkdir(parents=True, exist_ok=True)
        await page.screenshot(path=_SCREENS / f"{name}.png", full_page=full)
