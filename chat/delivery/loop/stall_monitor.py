"""Whether this process stalled: it was paused, swapped out, or kept busy by one thing.

Pings stall with the process. So a connection that survives a stall proves nothing about its client.
"""

import asyncio
import logging
from collections.abc import Callable

from accounts.figures import Histogram

logger = logging.getLogger(__name__)

CHECK_SECONDS = 1.0
# A longer delay is a stall. A shorter one does no harm: pings find that a client is gone a few seconds before
# the heartbeat.
LATE_SECONDS = 1.0


class StallMonitor:
    """Counts stalls by looking at the clock again and again. `clock()` is the event loop's."""

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
