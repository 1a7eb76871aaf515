"""The fan-out of rows to many feeds: in steps, so that other work is not delayed, and within a memory limit.
Pure.

Frames are counted with the memory that they take, and once, however many feeds hold a frame. Above the limit,
the feeds that hold the most drop their frames, and read them from the log when their clients take data.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Hashable, Iterable
from sys import getsizeof
from typing import Protocol

from chat.protocol.events import Event
from log.rows import LogId, Row, Written

# How many feeds are started in one step of the event loop. Starting a feed and writing to its socket takes up
# to 50 µs, so a step takes a millisecond or two. A row with more receivers counts as crowded.
MAX_STARTS_PER_STEP = 32
# The limit for all feeds together.
MAX_HELD_BYTES = 16 * 1024 * 1024
# Counted for each held frame in addition to its text.
FRAME_OVERHEAD_BYTES = 64
# The shortest time between two searches for feeds that can drop frames.
MIN_SQUEEZE_INTERVAL_SECONDS = 0.1


class FanoutScheduler:
    """Makes at most `max_per_step` calls in each step of the event loop, in the order in which they were
    scheduled."""

    def __init__(self, loop: asyncio.AbstractEventLoop, max_per_step: int = MAX_STARTS_PER_STEP) -> None:
        self._loop = loop
        self._max_per_step = max_per_step
        self._is_stepping = False
        self._waiting: deque[Callable[[], None]] = deque()

    def schedule(self, start: Callable[[], None]) -> None:
        """Call `start` in one of the next steps. It must not wait, raise or be slow."""
        self._waiting.append(start)
        if not self._is_stepping:
            self._is_stepping = True
            self._loop.call_soon(self._step)

    async def drain(self) -> None:
        """Wait until every call that is scheduled by now has been made."""
        if self._waiting:
            called = asyncio.Event()
            self.schedule(called.set)
            await called.wait()

    def _step(self) -> None:
        for _ in range(min(self._max_per_step, len(self._waiting))):
            self._waiting.popleft()()
        if self._waiting:
            self._loop.call_soon(self._step)
        else:
            self._is_stepping = False


class Holder(Protocol):
    """The part of a feed that the memory budget uses."""

    @property
    def held_bytes(self) -> int:
        """The bytes of all held frames, shared or not."""

    def drop_held(self) -> None:
        """Drop all held frames; the log has their rows."""


class MemoryBudget:
    """`holders()` returns the feeds that can be asked to drop frames."""

    def __init__(self, holders: Callable[[], Iterable[Holder]], limit: int = MAX_HELD_BYTES) -> None:
        self.used_bytes = 0
        self._holders = holders
        self._limit = limit
        self._is_squeezing = False

    def acquire(self, weight: int) -> None:
        self.used_bytes += weight
        if self.used_bytes > self._limit and not self._is_squeezing:
            self._is_squeezing = True
            asyncio.get_running_loop().call_soon(self._squeeze)

    def release(self, weight: int) -> None:
        self.used_bytes -= weight

    def _squeeze(self) -> None:
        for holder in sorted(self._holders(), key=lambda holder: holder.held_bytes, reverse=True):
            if self.used_bytes <= self._limit // 2 or not holder.held_bytes:
                break
            holder.drop_held()
        asyncio.get_running_loop().call_later(MIN_SQUEEZE_INTERVAL_SECONDS, self._check_again)

    def _check_again(self) -> None:
        self._is_squeezing = False
        self.acquire(0)


class QueuedFrame:
    """A frame that waits to be sent, with the id of its row, or 0 if it belongs to no row. An empty frame
    means that the dialect has no text for the row."""

    __slots__ = ("_budget", "frame", "id", "weight")

    def __init__(self, id: LogId, frame: str, budget: MemoryBudget) -> None:
        self.id = id
        self.frame = frame
        self.weight = getsizeof(frame) + FRAME_OVERHEAD_BYTES
        self._budget = budget
        budget.acquire(self.weight)

    def __del__(self) -> None:
        self._budget.release(self.weight)


class Receiver(Holder, Protocol):
    """The part of a connection that the hub uses. No method may wait, raise or be slow."""

    def offer(self, row: Row, encoded: dict[object, QueuedFrame | None], *, crowded: bool) -> None:
        """Accept a row for this connection's person. `encoded` is shared by all receivers of the row and has
        a key for each codec, so that each dialect encodes a row once. `crowded`: the row has many receivers,
        so it is sent in a later step of the event loop."""

    def offer_own(self, row: Written, encoded: dict[object, QueuedFrame | None]) -> None:
        """Accept a row that this connection's person wrote, perhaps on this connection."""

    # How often the connection has dropped frames that it had accepted.
    drop_count: int

    def offer_fleeting(self, event: Event, encoded: dict[object, str | None], *, crowded: bool) -> bool:
        """Accept an event that is of no use later, unless too many frames wait to be sent before it. Return
        whether it was accepted."""

    def offer_latest(self, key: Hashable, event: Event, *, is_own: bool) -> None:
        """Accept an event that is not a row. It is sent once nothing else waits, and replaces a waiting event
        with the same key. `is_own`: this connection's person caused it."""
