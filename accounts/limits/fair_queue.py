"""A limit on simultaneous work, shared fairly among callers. Pure."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

from accounts.limits.turns import Turns

# Work after which the break is longer is slow. A caller with so much of it in a row counts as slow for so
# many seconds, or until other work of theirs is not; known are the latest of them. On a busy machine, any
# work may be slow once.
MAX_LIGHT_BREAK_SECONDS = 0.01
SLOW_IN_A_ROW = 2
SLOW_CALLER_SECONDS = 5.0
MAX_SLOW_CALLERS = 512


class QueueFull(Exception):
    """Too many wait already, or the wait took too long."""


class Breaks(NamedTuple):
    """After work of more than `short` seconds, its place stays empty for the seconds beyond these, at most
    for `most`. So what work in the place keeps waiting has its turn between two such works.

    Callers without slow work need not wait for the breaks of others: they work first, and what is left of the
    break comes after them. No more than `most` seconds are put off.
    """

    short: float
    most: float

    def after(self, held: float) -> float:
        """The seconds for which a place stays empty that was held for so many."""
        return min(max(0.0, held - self.short), self.most)


NO_BREAKS = Breaks(0.0, 0.0)


class FairQueue:
    """Lets `at_once` callers in at the same time. The others wait and are let in by turns, not in the order
    in which they came.

    A caller is named by a path, such as `("10.0.0.7", "alice")`: turns go round among the first names, and
    within each first name among the second names. So a caller who invents many names below one first name
    still has one share. If more than `most_waiting` wait, the newest of the caller with most waiting is
    refused. A caller who has waited for `wait_seconds` is refused too; with None there is no such limit.

    `breaks`: how long a place stays empty after `turn`, or `leave_after`. `most_each`: callers with the same
    first name hold so many places at most, so with one less than `at_once` they never hold all of them; with
    None there is no such limit. `spare`: while callers with slow work hold a place or rest, so many more are
    let in of those without.
    """

    def __init__(
        self,
        at_once: int,
        most_waiting: int,
        wait_seconds: float | None,
        breaks: Breaks = NO_BREAKS,
        most_each: int | None = None,
        spare: int = 0,
    ) -> None:
        self._breaks = breaks
        self._spare = spare
        # Less than none if some of the spare places are held.
        self._free = at_once
        self._most_waiting = most_waiting
        self._wait_seconds = wait_seconds
        self._most_each = at_once if most_each is None else most_each
        self._resting: list[_Rest] = []
        # The seconds of breaks that are put off.
        self._put_off = 0.0
        # By first name, those whose last work was slow; first those of whom that is forgotten soonest.
        self._slow: dict[str, _Slow] = {}
        # By first name, how many places are held, and which names hold as many as they may.
        self._held: Counter[str] = Counter()
        self._full: set[str] = set()
        self._waiting: Turns[_WaitingCaller] = Turns()

    @asynccontextmanager
    async def turn(self, caller: Sequence[str], at_most: float | None = None) -> AsyncIterator[None]:
        """Wait for a place and hold it; for no longer than `at_most` seconds, even if the caller goes on.
        Raises Busy."""
        await self.enter(caller)
        began, is_left = time.monotonic(), False

        def leave() -> None:
            nonlocal is_left
            if not is_left:
                is_left = True
                self.leave_after(caller, time.monotonic() - began)

        timer = None if at_most is None else asyncio.get_running_loop().call_later(at_most, leave)
        try:
            yield
        finally:
            if timer:
                timer.cancel()
            leave()

    async def enter(self, caller: Sequence[str]) -> None:
        """Wait for a place. The caller holds it until `leave`. Raises Busy."""
        if caller[0] not in self._full and self._has_place_for(caller):
            self._take_place(caller)
            return
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(caller, _WaitingCaller(caller, place))
        self._send_away()
        try:
            async with asyncio.timeout(self._wait_seconds):
                await place
        except BaseException as error:
            if place.done() and not place.cancelled() and place.exception() is None:
                self.leave(caller)  # the place was given at the same moment
            if isinstance(error, TimeoutError):
                raise QueueFull from error
            raise
        finally:
            # It may hold an error, which refers to this frame and those of the caller, with the request. Only
            # the garbage collector would free them.
            del place

    def leave_after(self, caller: Sequence[str], held: float) -> None:
        """Give a place back that the caller held for so many seconds, now or after a break."""
        pause = self._breaks.after(held)
        self._note(caller[0], is_slow=pause > MAX_LIGHT_BREAK_SECONDS)
        pause, self._put_off = pause + self._put_off, 0.0
        if pause:
            self._rest(caller, pause)
        else:
            self.leave(caller)

    def leave(self, caller: Sequence[str]) -> None:
        """Give a place back that the caller held."""
        self._free_place(caller)
        self._let_in(self._full)

    def _free_place(self, caller: Sequence[str]) -> None:
        self._free += 1
        self._held[caller[0]] -= 1
        self._full.discard(caller[0])
        if not self._held[caller[0]]:
            del self._held[caller[0]]

    def _let_in(self, barred: Collection[str]) -> None:
        while self._free > 0 and self._waiting.waits_beside(barred):
            self._let_next_in(barred)
        slow = self._full | self._slow_now() if self._has_spare else ()
        while self._has_spare and self._waiting.waits_beside(slow):
            self._let_next_in(slow)

    def _let_next_in(self, barred: Collection[str]) -> None:
        waiting = self._waiting.take(beside=barred)
        if not waiting.place.done():
            self._take_place(waiting.caller)
            waiting.place.set_result(None)

    @property
    def _has_spare(self) -> bool:
        return 0 >= self._free > -self._spare and not self._slow_now().isdisjoint(self._held)

    def _has_place_for(self, caller: Sequence[str]) -> bool:
        if self._free > 0:
            return True
        return caller[0] not in self._slow_now() and (self._has_spare or self._put_break_off())

    def _rest(self, caller: Sequence[str], pause: float) -> None:
        """Keep the caller's place empty for so many seconds."""
        loop = asyncio.get_running_loop()
        rest = _Rest(caller, loop.time() + pause)
        rest.timer = loop.call_later(pause, self._end, rest)
        self._resting.append(rest)
        # Later than this, what is left of it may be put off.
        loop.call_later(max(0.0, pause - self._breaks.most), self._let_light_ones_in)

    def _end(self, rest: "_Rest") -> None:
        self._resting.remove(rest)
        self.leave(rest.caller)

    def _let_light_ones_in(self) -> None:
        barred = self._full | self._slow_now()
        while self._waiting.waits_beside(barred) and self._put_break_off():
            self._let_in(barred)
        # Those for whom it was put off may have left.
        self._let_in(self._full)

    def _put_break_off(self) -> bool:
        """Free the place whose break ends first. Not if too much is put off then."""
        if not self._resting:
            return False
        rest = min(self._resting, key=lambda rest: rest.until)
        left = rest.until - asyncio.get_running_loop().time()
        if self._put_off + left > self._breaks.most:
            return False
        self._put_off += max(0.0, left)
        rest.timer.cancel()
        self._resting.remove(rest)
        self._free_place(rest.caller)
        return True

    def _note(self, name: str, *, is_slow: bool) -> None:
        before = self._slow.pop(name, None)
        if not is_slow:
            return
        until = asyncio.get_running_loop().time() + SLOW_CALLER_SECONDS
        self._slow[name] = _Slow(until, before.times + 1 if before else 1)
        if len(self._slow) > MAX_SLOW_CALLERS:
            del self._slow[next(iter(self._slow))]

    def _slow_now(self) -> set[str]:
        now = asyncio.get_running_loop().time()
        while self._slow and self._slow[next(iter(self._slow))].until <= now:
            del self._slow[next(iter(self._slow))]
        return {name for name, slow in self._slow.items() if slow.times >= SLOW_IN_A_ROW}

    def _take_place(self, caller: Sequence[str]) -> None:
        self._free -= 1
        self._held[caller[0]] += 1
        if self._held[caller[0]] == self._most_each:
            self._full.add(caller[0])

    def _send_away(self) -> None:
        while len(self._waiting) > self._most_waiting:
            place = self._waiting.take_last_of_most().place
            if not place.done():
                place.set_exception(QueueFull())


class _WaitingCaller(NamedTuple):
    caller: Sequence[str]
    place: asyncio.Future[None]


class _Slow(NamedTuple):
    """How often a caller's work was slow in a row, and when that is forgotten, in the event loop's time."""

    until: float
    times: int


@dataclass(slots=True, eq=False)
class _Rest:
    """A place that stays empty until then, in the event loop's time."""

    caller: Sequence[str]
    until: float
    timer: asyncio.TimerHandle = field(init=False)
