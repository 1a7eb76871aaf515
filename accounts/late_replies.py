"""Delayed replies, which slow down clients that wait for them."""

import asyncio
from typing import Any, TypeVar

R = TypeVar("R")

LATE_SECONDS = 1.0
# The maximum of delayed replies in a process, because each is held in memory.
MAX_WAITING_REPLIES = 256


class _Waiting:
    number = 0


def late(response: R) -> R:
    """Mark the response to be sent late, and return it."""
    marked: Any = response
    marked.is_late = True
    return response


def is_late(response: object) -> bool:
    """Return whether the response was marked by `late`."""
    return getattr(response, "is_late", False)


async def wait_late() -> None:
    """Wait for LATE_SECONDS, or not at all if MAX_WAITING_REPLIES wait already."""
    if _Waiting.number >= MAX_WAITING_REPLIES:
        return
    _Waiting.number += 1
    try:
        await asyncio.sleep(LATE_SECONDS)
    finally:
        _Waiting.number -= 1
