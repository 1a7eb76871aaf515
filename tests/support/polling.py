"""Waiting for what a page can be asked. Not by the library's own way, which evaluates in the page: a strict
policy forbids that."""

import asyncio
import time
from typing import Any

from playwright.async_api import Frame, Page, Worker

SECONDS = 30.0


async def until(page: Page | Frame | Worker, expression: str, argument: Any = None) -> None:
    """Return when the expression is true on the page, in a frame of it, or in the worker."""
    deadline = time.monotonic() + SECONDS
    while not await page.evaluate(expression, argument):
        assert time.monotonic() < deadline, f"never: {expression}"
        await asyncio.sleep(0.05)
