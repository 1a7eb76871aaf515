"""How the process uses its processor: the share of background work, and whether the process stalled. Pure."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from accounts.figures import Histogram

logger = logging.getLogger(__name__)

# All that are behind take together one part in so many of the time, by how much the process does beside. Not
# all of it, even if it does nothing: somebody may come at any moment.
PARTS_WHILE_QUIET, PARTS, PARTS_WHILE_BUSY = 2, 6, 20
# What a process uses of one processor: while it is quiet, at most so much beside them; while it is busy, at
# least so much with them. On a busy machine it gets no more, though it wants it.
QUIET, BUSY = 0.05, 0.7
# For so long it is measured.
MEASURED_SECONDS = 0.5
# So often the clock is looked at.
CHECK_SECONDS = 1.0
# A longer delay is a stall. A shorter one does no harm: pings find that a client is gone a few seconds before
# the heartbeat.
LATE_SECONDS = 1.0

Clock = Callable[[], float]


class CpuShare:
    """Steps are taken one after another. Of those who wait, the one who has had the least time is next: who
    needs little does not wait for who needs much.

    `now()`: seconds; `used()`: the seconds of processors that the process has used.
    """

    def __init__(self, now: Clock = time.monotonic, used: Clock = time.process_time) -> None:
        self.now = now
        self._used = used
        self._is_taken = False
        self._waiting: dict[Taker, asyncio.Future[None]] = {}
        self._had = 0.0
        self._own = 0.0
        self._since = (now(), used())
        self._parts = PARTS

    def taker(self) -> "Taker":
        """Somebody who takes steps."""
        return Taker(self)

    async def enter(self, taker: "Taker") -> None:
        """Wait for the turn. The taker has it until `leave`."""
        # Who comes back after a while is not owed what they did not ask for.
        taker.had = max(taker.had, self._had)
        if self._is_taken:
            await self._wait(taker)
        self._is_taken = True
        self._had = taker.had

    def leave(self) -> None:
        """Give the turn to the next."""
        while self._waiting:
            taker = min(self._waiting, key=_had)
            place = self._waiting.pop(taker)
            if not place.done():
                place.set_result(None)
                return
        self._is_taken = False

    def note(self, used: float) -> None:
        """A step used so many seconds of a processor."""
        self._own += used

    def parts(self) -> int:
        """Of so many parts of the time, a step may take one."""
        now, used = self.now(), self._used()
        seconds = now - self._since[0]
        if seconds >= MEASURED_SECONDS:
            together = (used - self._since[1]) / seconds
            self._parts = _parts(together, together - self._own / seconds)
            self._since = (now, used)
            self._own = 0.0
        return self._parts

    async def _wait(self, taker: "Taker") -> None:
        place = self._waiting[taker] = asyncio.get_running_loop().create_future()
        try:
            await place
        except asyncio.CancelledError:
            self._waiting.pop(taker, None)
            if place.done() and not place.cancelled():
                self.leave()  # the turn came at the same moment
            raise


class Taker:
    """`had`: the seconds of their turns so far."""

    def __init__(self, cpu_share: CpuShare) -> None:
        self._cpu_share = cpu_share
        self.had = 0.0

    @asynccontextmanager
    async def turn(self) -> "AsyncIterator[LoopStep]":
        """In the block, nobody else takes a step."""
        await self._cpu_share.enter(self)
        began = self._cpu_share.now()
        try:
            yield LoopStep(self._cpu_share)
        finally:
            self.had += self._cpu_share.now() - began
            self._cpu_share.leave()


class LoopStep:
    """One step, which begins now."""

    def __init__(self, cpu_share: CpuShare) -> None:
        self._cpu_share = cpu_share
        self._began = cpu_share.now()

    async def pause(self, used: float) -> None:
        """Wait until what was taken is the share. `used`: the seconds of a processor that the step used."""
        self._cpu_share.note(used)
        await asyncio.sleep((self._cpu_share.now() - self._began) * (self._cpu_share.parts() - 1))


def _parts(together: float, beside: float) -> int:
    if beside <= QUIET:
        return PARTS_WHILE_QUIET
    return PARTS_WHILE_BUSY if together > BUSY else PARTS


def _had(taker: Taker) -> float:
    return taker.had


class StallMonitor:
    """Counts how often this process stalled: it was paused, swapped out, or kept busy by one thing. Pings
    stall with the process, so a connection that survives a stall proves nothing about its client.

    It looks at the clock again and again. `clock()` is the event loop's.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._count = 0
        self._checked = clock()
        # By how many microseconds the loop woke too late, each second.
        self.late_micros = Histogram()

    def count(self) -> int:
        """How many stalls there were up to now."""
        # The caller may be as late as `run`, and may run before it.
        self._check()
        return self._count

    async def run(self) -> None:
        """Look at the clock until cancelled."""
        self._checked = self._clock()
        while True:
            began = self._clock()
            await asyncio.sleep(CHECK_SECONDS)
            self.late_micros.count(max(0, int((self._clock() - began - CHECK_SECONDS) * 1_000_000)))
            self._check()

    def _check(self) -> None:
        now = self._clock()
        late = now - self._checked - CHECK_SECONDS
        self._checked = now
        if late > LATE_SECONDS:
            self._count += 1
            logger.warning("This process stood still for %.1f seconds.", late)
