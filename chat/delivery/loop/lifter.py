"""Ends mutes and locks when their time has come, in the background of an event loop.

Each process does it. The services look again in their transactions, so two processes do no harm.
"""

import asyncio
import logging
from datetime import datetime
from functools import partial

from django.utils import timezone

from chat.delivery.loop.threads import DatabaseThreads
from groups import lifting

logger = logging.getLogger(__name__)

# The database is polled this often: what ends sooner may have been written elsewhere meanwhile.
POLL_SECONDS = 5.0


class Lifter:
    """Lifts what has ended, at once and then as soon as the next one ends."""

    def __init__(self, threads: DatabaseThreads) -> None:
        self._threads = threads
        self._fails = False

    async def run(self) -> None:
        """Lift, until cancelled."""
        while True:
            seconds = await self._lift()
            await asyncio.sleep(seconds)

    async def _lift(self) -> float:
        """Lift what has ended. How many seconds to wait."""
        try:
            end = await self._threads.read(lifting.next_end)
            if end is not None and end <= timezone.now():
                await self._threads.write(partial(lifting.lift_ended, timezone.now()))
                return 0.0
        except Exception as error:
            if not self._fails:
                logger.error("Mutes and locks do not end in time, and will later: %s", error)
            self._fails = True
            return POLL_SECONDS
        self._fails = False
        return POLL_SECONDS if end is None else _wait(end)


def _wait(end: datetime) -> float:
    # Not less: a database may compare more finely than this clock.
    return min(max((end - timezone.now()).total_seconds(), 0.01), POLL_SECONDS)
