"""Slows down sending while the process is busy with messages."""

import asyncio
import time
from collections.abc import Callable, Collection
from typing import Any

from chat.delivery.loop.processor import MIN_BUSY_USE

# The event loop is busy if it runs a due task later than this, and the process if it uses more than
# MIN_BUSY_USE of one CPU: its steps may be short and still leave no time.
LATE_SECONDS = 0.02
_POLL_SECONDS = 0.01
# The pause per request while the process is busy. A request costs less than half a millisecond, so sending
# takes about one fortieth of the time.
_BUSY_SECONDS = 0.016
# After a task is done, other tasks get this time, so that their outcomes are stored together.
_TOGETHER_SECONDS = 0.05


async def is_busy(used: Callable[[], float] = time.process_time) -> bool:
    """Whether the process is busy now. `used()`: the processor time of the process in seconds."""
    loop = asyncio.get_running_loop()
    began, before = loop.time(), used()
    await asyncio.sleep(_POLL_SECONDS)
    took = loop.time() - began
    return took > _POLL_SECONDS + LATE_SECONDS or used() - before > MIN_BUSY_USE * took


async def give_way(sent: int) -> None:
    """Pause after this many requests if the process is busy."""
    if await is_busy():
        await asyncio.sleep(sent * _BUSY_SECONDS)


async def wait_for_outcomes(tasks: Collection["asyncio.Task[Any]"], seconds: float) -> None:
    """Wait up to `seconds` until a task is done, then up to _TOGETHER_SECONDS for others."""
    done, others = await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    if done and others:
        await asyncio.wait(others, timeout=_TOGETHER_SECONDS)
