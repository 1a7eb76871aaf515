"""A real browser: Chromium as the machine has it, without a window."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, async_playwright

from testkit.availability import unavailable

NAMES = ["chromium", "chromium-browser", "google-chrome"]
# No sandbox: a container's root cannot have one. The rest keeps it from talking to anybody but the server.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def executable() -> str:
    """The browser's path. Where there is none, the test ends as `unavailable`."""
    found = [path for name in NAMES if (path := shutil.which(name))]
    return found[0] if found else unavailable(f"No browser on PATH: none of {', '.join(NAMES)}.")


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """The browser, running inside the context."""
    path = executable()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, headless=True, args=ARGUMENTS)
        yield browser
        await browser.close()
