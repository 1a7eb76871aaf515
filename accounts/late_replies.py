"""Replies that are sent late, so that clients that wait for them are slowed down."""

import asyncio
from typing import Any, TypeVar

R = TypeVar("R")

LATE_SECONDS = 1.0
# So many wait at once in a process, because each is held in memory meanwhile.
MAX_WAITING_REPLIES = 256


class _Waiting:
    number = 0


def late(response: R) -> R:
    """The response, which is to be sent late."""
    marked: Any = response
    marked.is_late = True
    return response


def is_late(response: object) -> bool:
    """Whether `late` has returned it."""
    return getattr(response, "is_late", False)


async def wait() -> None:
    """Return a second later, or at once if too many wait."""
    if _Waiting.number >= MAX_WAITING_REPLIES:
        return
    _Waiting.number += 1
    try:
        await asyncio.sleep(LATE_SECONDS)
    finally:
        _Waiting.number -= 1
