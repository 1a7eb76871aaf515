"""A limit on concurrent work, shared fairly among callers. Pure."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

from accounts.limits.turns import Turns

# Work is slow if its break is longer than MAX_LIGHT_BREAK_SECONDS. After SLOW_IN_A_ROW slow works, a caller
# counts as slow for SLOW_CALLER_SECONDS, or until their next work that is not slow. The latest
# MAX_SLOW_CALLERS are remembered. On a busy machine, any work may be slow once.
MAX_LIGHT_BREAK_SECONDS = 0.01
SLOW_IN_A_ROW = 2
SLOW_CALLER_SECONDS = 5.0
MAX_SLOW_CALLERS = 512


class QueueFull(Exception):
    """Too many callers wait already, or the wait took too long."""


class Breaks(NamedTuple):
    """After work of more than `grace` seconds, its place stays empty for the time beyond these, at most for
    `maximum` seconds. Other work of the process gets the processor in these breaks.

    Callers without slow work do not wait for a break: they work first, and the rest of the break follows. At
    most `maximum` seconds are postponed in this way.
    """

    grace: float
    maximum: float

    def after(self, held: float) -> float:
        """Return the seconds of the break after a place was held for `held` seconds."""
        return min(max(0.0, held - self.grace), self.maximum)


NO_BREAKS = Breaks(0.0, 0.0)


class FairQueue:
    """Admits up to `max_concurrent` callers. The others wait and are admitted round-robin, not in order of
    arrival.

    A caller is a path, such as `("10.0.0.7", "alice")`. Turns rotate among the first names, and within each
    first name among the second names. So a caller who invents many names below one first name still has one
    share. If more than `max_waiting` wait, the newest of the caller with most waiting is rejected. A caller
    who has waited for `wait_seconds` is rejected too; None: no limit.

    `breaks`: how long a place stays empty after `turn` or `leave_after`. `max_per_caller`: the places that
    callers with the same first name may hold together, fewer than `max_concurrent` so that they never hold
    all; None: no limit. `spare`: additional places for callers without slow work while callers with slow
    work hold a place.
    """

    def __init__(
        self,
        max_concurrent: int,
        max_waiting: int,
        wait_seconds: float | None,
        breaks: Breaks = NO_BREAKS,
        max_per_caller: int | None = None,
        spare: int = 0,
    ) -> None:
        self._breaks = breaks
        self._spare = spare
        # Negative if some of the spare places are held.
        self._free = max_concurrent
        self._max_waiting = max_waiting
        self._wait_seconds = wait_seconds
        self._max_per_caller = max_concurrent if max_per_caller is None else max_per_caller
        self._resting: list[_Rest] = []
        # The seconds of postponed breaks.
        self._put_off = 0.0
        # The callers whose last work was slow, by first name, in order of expiry.
        self._slow: dict[str, _Slow] = {}
        # The number of held places by first name, and the first names that hold their maximum.
        self._held: Counter[str] = Counter()
        self._full: set[str] = set()
        self._waiting: Turns[_WaitingCaller] = Turns()

    @asynccontextmanager
    async def turn(self, caller: Sequence[str], at_most: float | None = None) -> AsyncIterator[None]:
        """Wait for a place and hold it during the block, but for at most `at_most` seconds. Raises
        QueueFull."""
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
        """Wait for a place. The caller holds it until `leave`. Raises QueueFull."""
        if caller[0] not in self._full and self._has_place_for(caller):
            self._take_place(caller)
            return
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(caller, _WaitingCaller(caller, place))
        self._reject_excess()
        try:
            async with asyncio.timeout(self._wait_seconds):
                await place
        except BaseException as error:
            if place.done() and not place.cancelled() and place.exception() is None:
                self.leave(caller)  # the place was granted at the same time
            if isinstance(error, TimeoutError):
                raise QueueFull from error
            raise
        finally:
            # Its exception would refer to this frame and to the request, a cycle that only the garbage
            # collector would free.
            del place

    def leave_after(self, caller: Sequence[str], held: float) -> None:
        """Release a place that the caller held for `held` seconds, now or after a break."""
        pause = self._breaks.after(held)
        self._note(caller[0], is_slow=pause > MAX_LIGHT_BREAK_SECONDS)
        pause, self._put_off = pause + self._put_off, 0.0
        if pause:
            self._rest(caller, pause)
        else:
            self.leave(caller)

    def leave(self, caller: Sequence[str]) -> None:
        """Release a place that the caller held."""
        self._free_place(caller)
        self._admit_waiting(self._full)

    def _free_place(self, caller: Sequence[str]) -> None:
        self._free += 1
        self._held[caller[0]] -= 1
        self._full.discard(caller[0])
        if not self._held[caller[0]]:
            del self._held[caller[0]]

    def _admit_waiting(self, barred: Collection[str]) -> None:
        while self._free > 0 and self._waiting.has_others(barred):
            self._admit_next(barred)
        slow = self._full | self._slow_now() if self._has_spare else ()
        while self._has_spare and self._waiting.has_others(slow):
            self._admit_next(slow)

    def _admit_next(self, barred: Collection[str]) -> None:
        waiting = self._waiting.take(skipping=barred)
        if not waiting.place.done():
            self._take_place(waiting.caller)
            waiting.place.set_result(None)

    @property
    def _has_spare(self) -> bool:
        return 0 >= self._free > -self._spare and not self._slow_now().isdisjoint(self._held)

    def _has_place_for(self, caller: Sequence[str]) -> bool:
        if self._free > 0:
            return True
        return caller[0] not in self._slow_now() and (self._has_spare or self._postpone_break())

    def _rest(self, caller: Sequence[str], pause: float) -> None:
        """Keep the caller's place empty for `pause` seconds."""
        loop = asyncio.get_running_loop()
        rest = _Rest(caller, loop.time() + pause)
        rest.timer = loop.call_later(pause, self._end, rest)
        self._resting.append(rest)
        # From then on, the rest of the break may be postponed.
        loop.call_later(max(0.0, pause - self._breaks.maximum), self._admit_light_callers)

    def _end(self, rest: "_Rest") -> None:
        self._resting.remove(rest)
        self.leave(rest.caller)

    def _admit_light_callers(self) -> None:
        barred = self._full | self._slow_now()
        while self._waiting.has_others(barred) and self._postpone_break():
            self._admit_waiting(barred)
        # The callers for whom it was postponed may have left.
        self._admit_waiting(self._full)

    def _postpone_break(self) -> bool:
        """Free the place whose break ends first. Return False if that would postpone too much."""
        if not self._resting:
            return False
        rest = min(self._resting, key=lambda rest: rest.until)
        left = rest.until - asyncio.get_running_loop().time()
        if self._put_off + left > self._breaks.maximum:
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
        if self._held[caller[0]] == self._max_per_caller:
            self._full.add(caller[0])

    def _reject_excess(self) -> None:
        while len(self._waiting) > self._max_waiting:
            place = self._waiting.take_newest_of_longest().place
            if not place.done():
                place.set_exception(QueueFull())


class _WaitingCaller(NamedTuple):
    caller: Sequence[str]
    place: asyncio.Future[None]


class _Slow(NamedTuple):
    """How often a caller's work was slow in a row, and when that expires, in the event loop's time."""

    until: float
    times: int


@dataclass(slots=True, eq=False)
class _Rest:
    """A place that stays empty until then, in the event loop's time."""

    caller: Sequence[str]
    until: float
    timer: asyncio.TimerHandle = field(init=False)
