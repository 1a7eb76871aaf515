"""The use of the CPU by this process: the share of background work, and the detection of stalls. Pure."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from operator import attrgetter

from accounts.figures import Histogram

logger = logging.getLogger(__name__)

# All background work together takes at most one part in this many of the time, depending on how quiet or busy
# the process is otherwise. It never takes all of it: a client may need the process at any moment.
QUIET_DIVISOR, DIVISOR, BUSY_DIVISOR = 2, 6, 20
# The process is quiet if its other work uses at most this share of one CPU, and busy if all of its work uses
# more than this share. The second is below 1 because a busy machine does not give the process a whole CPU.
MAX_QUIET_USE, MIN_BUSY_USE = 0.05, 0.7
# The least time over which the CPU use is measured.
MEASURED_SECONDS = 0.5
# How often the clock is checked for stalls.
CHECK_SECONDS = 1.0
# A longer delay is a stall. A shorter one does no harm: pings detect a gone client a few seconds before the
# heartbeat does.
MAX_DELAY_SECONDS = 1.0

Clock = Callable[[], float]


class CpuShare:
    """Gives participants turns for steps of background work, one at a time. Of the waiting participants, the
    one that has used the least time is next: one with little work does not wait for one with much.

    `now()`: the time in seconds. `used()`: the CPU seconds that the process has used.
    """

    def __init__(self, now: Clock = time.monotonic, used: Clock = time.process_time) -> None:
        self.now = now
        self._used = used
        self._is_taken = False
        self._waiting: dict[Participant, asyncio.Future[None]] = {}
        # The used seconds of the participant that had the last turn.
        self._last_used_seconds = 0.0
        # The CPU seconds of steps since the last measurement.
        self._step_seconds = 0.0
        # The time of the last measurement, and the CPU seconds of the process then.
        self._measured = (now(), used())
        self._divisor = DIVISOR

    def participant(self) -> "Participant":
        """Return a new participant."""
        return Participant(self)

    async def enter(self, participant: "Participant") -> None:
        """Wait for the turn. The participant has it until `leave`."""
        # A participant that was absent gets no credit for its absence.
        participant.used_seconds = max(participant.used_seconds, self._last_used_seconds)
        if self._is_taken:
            await self._wait(participant)
        self._is_taken = True
        self._last_used_seconds = participant.used_seconds

    def leave(self) -> None:
        """Give the turn to the next participant."""
        while self._waiting:
            participant = min(self._waiting, key=attrgetter("used_seconds"))
            turn = self._waiting.pop(participant)
            if not turn.done():
                turn.set_result(None)
                return
        self._is_taken = False

    def count_step(self, used: float) -> None:
        """Count the CPU seconds that a step has used."""
        self._step_seconds += used

    def divisor(self) -> int:
        """Return n: background steps may take one n-th of the time. Measures the CPU use, on which n depends,
        again after MEASURED_SECONDS."""
        now, used = self.now(), self._used()
        seconds = now - self._measured[0]
        if seconds >= MEASURED_SECONDS:
            total_use = (used - self._measured[1]) / seconds
            self._divisor = _divisor_for(total_use, total_use - self._step_seconds / seconds)
            self._measured = (now, used)
            self._step_seconds = 0.0
        return self._divisor

    async def _wait(self, participant: "Participant") -> None:
        turn = self._waiting[participant] = asyncio.get_running_loop().create_future()
        try:
            await turn
        except asyncio.CancelledError:
            self._waiting.pop(participant, None)
            if turn.done() and not turn.cancelled():
                self.leave()  # the turn came at the same moment
            raise


class Participant:
    """`used_seconds`: the duration of its turns so far."""

    def __init__(self, cpu_share: CpuShare) -> None:
        self._cpu_share = cpu_share
        self.used_seconds = 0.0

    @asynccontextmanager
    async def turn(self) -> "AsyncIterator[Turn]":
        """Wait for a turn, and hold it in the block."""
        await self._cpu_share.enter(self)
        began = self._cpu_share.now()
        try:
            yield Turn(self._cpu_share)
        finally:
            self.used_seconds += self._cpu_share.now() - began
            self._cpu_share.leave()


class Turn:
    """A turn for one step, which begins now."""

    def __init__(self, cpu_share: CpuShare) -> None:
        self._cpu_share = cpu_share
        self._began = cpu_share.now()

    async def pause(self, used: float) -> None:
        """Sleep until the step's part of the time is no more than its share. `used`: the CPU seconds that the
        step used."""
        self._cpu_share.count_step(used)
        await asyncio.sleep((self._cpu_share.now() - self._began) * (self._cpu_share.divisor() - 1))


def _divisor_for(total_use: float, other_use: float) -> int:
    if other_use <= MAX_QUIET_USE:
        return QUIET_DIVISOR
    return BUSY_DIVISOR if total_use > MIN_BUSY_USE else DIVISOR


class StallMonitor:
    """Counts how often this process stalled: it was paused, swapped out, or blocked by one task. Pings stall
    with the process, so a connection that survives a stall proves nothing about its client.

    It checks the clock regularly. `clock()` is the event loop's.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._count = 0
        self._checked_at = clock()
        # By how many microseconds the loop woke up too late, measured every CHECK_SECONDS.
        self.late_micros = Histogram()

    def count(self) -> int:
        """Return how many stalls there were so far."""
        # After a stall, the caller may run before `run` does.
        self._check()
        return self._count

    async def run(self) -> None:
        """Check the clock until cancelled."""
        self._checked_at = self._clock()
        while True:
            began = self._clock()
            await asyncio.sleep(CHECK_SECONDS)
            self.late_micros.count(max(0, int((self._clock() - began - CHECK_SECONDS) * 1_000_000)))
            self._check()

    def _check(self) -> None:
        now = self._clock()
        delay = now - self._checked_at - CHECK_SECONDS
        self._checked_at = now
        if delay > MAX_DELAY_SECONDS:
            self._count += 1
            logger.warning("This process stood still for %.1f seconds.", delay)
