"""A real browser: the machine's Chromium, without a window."""

import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from playwright.async_api import Browser, async_playwright

from testkit.availability import unavailable

FULL_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# The first one makes no windows that nobody sees, and takes a third of the processor's time. It shows no
# notifications.
NAMES = ("chromium-headless-shell", *FULL_BROWSERS)
# Browsers trust pages of their own machine without TLS, and of no other. This name is of another one.
ON_A_LAN = "chat.lan.test"
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
    # A host name of this machine that the browser does not treat as local.
    f"--host-resolver-rules=MAP {ON_A_LAN} 127.0.0.1",
    # A fake microphone that beeps, without the permission prompt.
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]


def executable(names: Sequence[str] = NAMES) -> str:
    """Return the path of the first installed browser. If there is none, call `unavailable`."""
    paths = [path for name in names if (path := shutil.which(name))]
    return paths[0] if paths else unavailable(f"No browser on PATH: none of {', '.join(names)}.")


@asynccontextmanager
async def chromium(names: Sequence[str] = NAMES, hosts: str = "") -> AsyncIterator[Browser]:
    """Run the browser inside the context. `hosts` are rules for --host-resolver-rules."""
    path = executable(names)
    async with async_playwright() as playwright:
        arguments = [*ARGUMENTS, f"--host-resolver-rules={hosts}"] if hosts else ARGUMENTS
        browser = await playwright.chromium.launch(executable_path=path, headless=True, args=arguments)
        yield browser
        await browser.close()
