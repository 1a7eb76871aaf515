"""A limit on simultaneous work, shared fairly among callers. Pure."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple

from accounts.turns import Turns


class Busy(Exception):
    """Too many wait already, or the wait took too long."""


class Breaks(NamedTuple):
    """After work of more than `short` seconds, its place stays empty for the seconds beyond these, at most
    for `most`. So what work in the place keeps waiting has its turn between two such works."""

    short: float
    most: float

    def after(self, held: float) -> float:
        """The seconds for which a place stays empty that was held for so many."""
        return min(max(0.0, held - self.short), self.most)


class FairQueue:
    """Lets `at_once` callers in at the same time. The others wait and are let in by turns, not in the order
    in which they came.

    A caller is named by a path, such as `("10.0.0.7", "alice")`: turns go round among the first names, and
    within each first name among the second names. So a caller who invents many names below one first name
    still has one share. If more than `most_waiting` wait, the newest of the caller with most waiting is
    refused. A caller who has waited for `wait_seconds` is refused too; with None there is no such limit.

    `breaks`: how long a place stays empty after `turn`, or `leave_after`.
    """

    def __init__(
        self, at_once: int, most_waiting: int, wait_seconds: float | None, breaks: Breaks | None = None
    ) -> None:
        self._breaks = breaks
        self._free = at_once
        self._most_waiting = most_waiting
        self._wait_seconds = wait_seconds
        self._waiting: Turns[asyncio.Future[None]] = Turns()

    @asynccontextmanager
    async def turn(self, caller: Sequence[str]) -> AsyncIterator[None]:
        """Wait for a place and hold it. Raises Busy."""
        await self.enter(caller)
        began = time.monotonic()
        try:
            yield
        finally:
            self.leave_after(time.monotonic() - began)

    async def enter(self, caller: Sequence[str]) -> None:
        """Wait for a place. The caller holds it until `leave`. Raises Busy."""
        if self._free:
            self._free -= 1
            return
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(caller, place)
        self._send_away()
        try:
            async with asyncio.timeout(self._wait_seconds):
                await place
        except BaseException as error:
            if place.done() and not place.cancelled() and place.exception() is None:
                self.leave()  # the place was given at the same moment
            if isinstance(error, TimeoutError):
                raise Busy from error
            raise

    def leave_after(self, held: float) -> None:
        """Give a place back that was held for so many seconds, now or after a break."""
        pause = self._breaks.after(held) if self._breaks else 0.0
        if pause:
            asyncio.get_running_loop().call_later(pause, self.leave)
        else:
            self.leave()

    def leave(self) -> None:
        """Give a place back."""
        while len(self._waiting):
            place = self._waiting.take()
            if not place.done():
                place.set_result(None)
                return
        self._free += 1

    def _send_away(self) -> None:
        while len(self._waiting) > self._most_waiting:
            place = self._waiting.take_last_of_most()
            if not place.done():
                place.set_exception(Busy())
