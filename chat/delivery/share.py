"""How much of the time those may take for whom nobody waits. Pure."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

# All that are behind take together at most one part in so many of the time: less while the process has little
# time left, that is while it uses more than BUSY of one processor.
PARTS, PARTS_WHILE_BUSY = 6, 20
BUSY = 0.7
# For so long it is measured.
MEASURED_SECONDS = 0.5

Clock = Callable[[], float]


class Share:
    """Steps are taken one after another, and whoever takes them comes to their turn in the order of asking.

    `now()`: seconds; `used()`: the seconds of processors that the process has used.
    """

    def __init__(self, now: Clock = time.monotonic, used: Clock = time.process_time) -> None:
        self._now = now
        self._used = used
        self._lock = asyncio.Lock()
        self._since = (now(), used())
        self._parts = PARTS

    @asynccontextmanager
    async def turn(self) -> "AsyncIterator[Turn]":
        """In the block, nobody else takes a step."""
        async with self._lock:
            yield Turn(self)

    def parts(self) -> int:
        """Of so many parts of the time, a step may take one."""
        now, used = self._now(), self._used()
        seconds = now - self._since[0]
        if seconds >= MEASURED_SECONDS:
            is_busy = used - self._since[1] > BUSY * seconds
            self._parts = PARTS_WHILE_BUSY if is_busy else PARTS
            self._since = (now, used)
        return self._parts

    def now(self) -> float:
        return self._now()


class Turn:
    """One step, which begins now."""

    def __init__(self, share: Share) -> None:
        self._share = share
        self._began = share.now()

    async def pause(self) -> None:
        """Wait until what was taken is the share."""
        await asyncio.sleep((self._share.now() - self._began) * (self._share.parts() - 1))
