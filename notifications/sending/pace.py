"""Sending gives way to messages: both take time of the same process."""

import asyncio
import time
from collections.abc import Callable, Collection
from typing import Any

from chat.delivery.loop.processor import MIN_BUSY_USE

# The event loop is busy if it runs a due task later than this, and the process if it uses more than
# MIN_BUSY_USE of one CPU: its steps may be short and still leave no time.
LATE_SECONDS = 0.02
_POLL_SECONDS = 0.01
# While it is busy, what is sent takes about one part in forty of its time: a request costs it less than half
# a millisecond.
_BUSY_SECONDS = 0.016
# When something has ended, what ends in this time is stored together with it.
_TOGETHER_SECONDS = 0.05


async def is_busy(used: Callable[[], float] = time.process_time) -> bool:
    """Whether the process has much to do just now. `used()`: the seconds of processors that it has used."""
    loop = asyncio.get_running_loop()
    began, before = loop.time(), used()
    await asyncio.sleep(_POLL_SECONDS)
    took = loop.time() - began
    return took > _POLL_SECONDS + LATE_SECONDS or used() - before > MIN_BUSY_USE * took


async def give_way(sent: int) -> None:
    """After so many requests, leave the process to others for as long as they need it."""
    if await is_busy():
        await asyncio.sleep(sent * _BUSY_SECONDS)


async def wait_for_outcomes(tasks: Collection["asyncio.Task[Any]"], seconds: float) -> None:
    """Wait until one of them is done, and a moment for others, but no longer than so many seconds."""
    done, others = await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    if done and others:
        await asyncio.wait(others, timeout=_TOGETHER_SECONDS)
