"""Work that only so much of may run at once, shared fairly between those who ask for it. Pure."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from accounts.turns import Turns


class Busy(Exception):
    """Too much waits already, or waiting did not help."""


class FairQueue:
    """Lets `at_once` in. Those who wait are let in by turns, whoever came first.

    A caller is named by a path, as `("10.0.0.7", "alice")`: turns go round among the first names, and within
    each among the second ones. So who makes up many names below one of another's has one share of it all the
    same. Of more than `most_waiting`, those of whoever has most waiting are sent away, and so is who has
    waited for `wait_seconds`; None: nobody is.
    """

    def __init__(self, at_once: int, most_waiting: int, wait_seconds: float | None) -> None:
        self._free = at_once
        self._most_waiting = most_waiting
        self._wait_seconds = wait_seconds
        self._waiting: Turns[asyncio.Future[None]] = Turns()

    @asynccontextmanager
    async def turn(self, caller: Sequence[str]) -> AsyncIterator[None]:
        """A place inside, after waiting for it. Raises Busy."""
        await self.enter(caller)
        try:
            yield
        finally:
            self.leave()

    async def enter(self, caller: Sequence[str]) -> None:
        """Return with a place inside, which is the caller's until `leave`. Raises Busy."""
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
                self.leave()  # it was given in the same moment
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
