"""Polls the state of a page.

Playwright's own waiting evaluates strings in the page, which a strict CSP forbids.
"""

import asyncio
import time
from typing import Any

from playwright.async_api import Frame, Page, Worker

SECONDS = 30.0


async def until(page: Page | Frame | Worker, expression: str, argument: Any = None) -> None:
    """Wait until the expression is true in the page, the frame or the worker."""
    deadline = time.monotonic() + SECONDS
    while not await page.evaluate(expression, argument):
        assert time.monotonic() < deadline, f"never: {expression}"
        await asyncio.sleep(0.05)
