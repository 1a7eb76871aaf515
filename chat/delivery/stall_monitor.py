"""Whether this process stood still: paused, swapped out, or kept busy by one thing.

Pings stand still with it. So what a connection has outlived since says nothing of its client.
"""

import asyncio
import logging
from collections.abc import Callable

logger = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
# Late by more is a stall. Pings leave a few seconds between finding a client gone and the heartbeat.
LATE_SECONDS = 1.0


class StallMonitor:
    """Counts them, by looking at the clock again and again. `clock()` is the event loop's."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._count = 0
        self._looked = clock()

    def count(self) -> int:
        """How many there were up to now."""
        # Whoever asks may be as late as `run`, and come before it.
        self._look()
        return self._count

    async def run(self) -> None:
        """Look until cancelled."""
        self._looked = self._clock()
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            self._look()

    def _look(self) -> None:
        now = self._clock()
        late = now - self._looked - LOOK_SECONDS
        self._looked = now
        if late > LATE_SECONDS:
            self._count += 1
            logger.warning("This process stood still for %.1f seconds.", late)
