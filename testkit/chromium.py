"""A real browser: the machine's Chromium, without a window."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, async_playwright

from testkit.availability import unavailable

NAMES = ["chromium", "chromium-browser", "google-chrome"]
# No sandbox: root in a container cannot have one. The other arguments keep the browser from contacting any
# other server.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A microphone that beeps, and no question whether to use it.
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]


def executable() -> str:
    """The browser's path. Ends the test as `unavailable` if there is none."""
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
