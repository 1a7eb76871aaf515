"""A limit on simultaneous work, shared fairly among callers. Pure."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from accounts.turns import Turns


class Busy(Exception):
    """Too many wait already, or the wait took too long."""


class FairQueue:
    """Lets `at_once` callers in at the same time. The others wait and are let in by turns, not in the order
    in which they came.

    A caller is named by a path, such as `("10.0.0.7", "alice")`: turns go round among the first names, and
    within each first name among the second names. So a caller who invents many names below one first name
    still has one share. If more than `most_waiting` wait, the newest of the caller with most waiting is
    refused. A caller who has waited for `wait_seconds` is refused too; with None there is no such limit.
    """

    def __init__(self, at_once: int, most_waiting: int, wait_seconds: float | None) -> None:
        self._free = at_once
        self._most_waiting = most_waiting
        self._wait_seconds = wait_seconds
        self._waiting: Turns[asyncio.Future[None]] = Turns()

    @asynccontextmanager
    async def turn(self, caller: Sequence[str]) -> AsyncIterator[None]:
        """Wait for a place and hold it. Raises Busy."""
        await self.enter(caller)
        try:
            yield
        finally:
            self.leave()

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
