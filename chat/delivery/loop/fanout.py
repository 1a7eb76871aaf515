"""The fan-out of rows to many feeds: in steps, so that other people do not wait, and within
a limit of memory. Pure.

Memory is measured in the bytes that it really takes. A frame counts once, however many feeds hold it. Above
the limit, the feeds that hold most drop what they hold, and read it from the log when their clients take
more.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Hashable, Iterable
from sys import getsizeof
from typing import Protocol

from chat.protocol.events import Event
from log.rows import LogId, Row, Written

# Starting a feed and writing to its socket takes up to 50 µs, so this many take a millisecond or two.
AT_ONCE = 32
# The limit for all feeds together.
LIMIT_BYTES = 16 * 1024 * 1024
# Counted for each held frame, besides its text.
HELD_BYTES = 64
# The shortest time between two searches for feeds that can drop frames.
SQUEEZE_SECONDS = 0.1


class FanoutScheduler:
    """Makes `at_once` calls in each step of the event loop, in the order in which they were scheduled."""

    def __init__(self, loop: asyncio.AbstractEventLoop, at_once: int = AT_ONCE) -> None:
        self._loop = loop
        self._at_once = at_once
        self._stepping = False
        self._waiting: deque[Callable[[], None]] = deque()

    def schedule(self, start: Callable[[], None]) -> None:
        """Call `start` in one of the next steps. It must not wait, raise or be slow."""
        self._waiting.append(start)
        if not self._stepping:
            self._stepping = True
            self._loop.call_soon(self._step)

    async def drain(self) -> None:
        """Return when everything that is scheduled by now was called."""
        if self._waiting:
            called = asyncio.Event()
            self.schedule(called.set)
            await called.wait()

    def _step(self) -> None:
        for _ in range(min(self._at_once, len(self._waiting))):
            self._waiting.popleft()()
        if self._waiting:
            self._loop.call_soon(self._step)
        else:
            self._stepping = False


class Holder(Protocol):
    """A feed, as the budget sees it."""

    @property
    def held_bytes(self) -> int:
        """The bytes that it holds, shared or not."""

    def let_go(self) -> None:
        """Drop everything that it holds; the log has it."""


class MemoryBudget:
    """`holders()` returns the feeds that can be asked to drop frames."""

    def __init__(self, holders: Callable[[], Iterable[Holder]], limit: int = LIMIT_BYTES) -> None:
        self.taken = 0
        self._holders = holders
        self._limit = limit
        self._is_due = False

    def take(self, weight: int) -> None:
        self.taken += weight
        if self.taken > self._limit and not self._is_due:
            self._is_due = True
            asyncio.get_running_loop().call_soon(self._squeeze)

    def give_back(self, weight: int) -> None:
        self.taken -= weight

    def _squeeze(self) -> None:
        for holder in sorted(self._holders(), key=lambda holder: holder.held_bytes, reverse=True):
            if self.taken <= self._limit // 2 or not holder.held_bytes:
                break
            holder.let_go()
        asyncio.get_running_loop().call_later(SQUEEZE_SECONDS, self._check_again)

    def _check_again(self) -> None:
        self._is_due = False
        self.take(0)


class QueuedFrame:
    """A frame that waits to be sent, and the id of its row, 0 if it has none. An empty frame means that the
    dialect has no text for the row."""

    __slots__ = ("_budget", "frame", "id", "weight")

    def __init__(self, id: LogId, frame: str, budget: MemoryBudget) -> None:
        self.id = id
        self.frame = frame
        self.weight = getsizeof(frame) + HELD_BYTES
        self._budget = budget
        budget.take(self.weight)

    def __del__(self) -> None:
        self._budget.give_back(self.weight)


class Receiver(Holder, Protocol):
    """A connection as the hub sees it."""

    def offer(self, row: Row, encoded: dict[object, QueuedFrame | None], *, crowded: bool) -> None:
        """Take a row for this connection's person. Must not wait, raise or be slow. `encoded` is shared by
        all receivers of the row and has a key for each codec, so each dialect encodes a row once. `crowded`:
        the row has many receivers, so none of them should hurry."""

    def offer_own(self, row: Written, encoded: dict[object, QueuedFrame | None]) -> None:
        """Take a row that this connection's person wrote, maybe on this connection. The same holds."""

    # How often it has dropped what it had taken.
    falls: int

    def offer_fleeting(self, event: Event, encoded: dict[object, str | None], *, crowded: bool) -> bool:
        """Take an event that is worth nothing later, if little waits to be sent before it. Returns whether it
        was taken. The same holds."""

    def offer_latest(self, key: Hashable, event: Event, *, is_own: bool) -> None:
        """Take an event that is no row, and is sent once nothing else waits. Of those with the same key that
        wait, the last one is sent. `is_own`: this connection's person made it. The same holds."""
