"""Lets a reader of the log follow it, in the background of an event loop."""

import asyncio
import logging
from functools import partial

from chat.delivery.hub import Hub
from chat.delivery.threads import DatabaseThreads
from chat.protocol.rows import LogId
from chat.readers.reader import Reader, step
from uploads import room

logger = logging.getLogger(__name__)

# A reader that is behind takes at most one part in so many of the time: less while people write much, that is
# more than BUSY_ROWS during one step.
PARTS, PARTS_WHILE_BUSY = 6, 20
BUSY_ROWS = 10
# The time until another attempt, if the database failed or another process follows the log.
AGAIN_SECONDS = 5.0


class Follower:
    """Takes the reader from step to step to the end of the log, as fast as it may, and on with each news."""

    def __init__(self, reader: Reader, threads: DatabaseThreads, hub: Hub) -> None:
        self._reader = reader
        self._threads = threads
        self._hub = hub
        self._fails = False

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            end, began = self._hub.cursor, loop.time()
            cursor = await self._step()
            if cursor is None:
                await asyncio.sleep(AGAIN_SECONDS)
            elif cursor < end:
                parts = PARTS_WHILE_BUSY if self._hub.cursor - end > BUSY_ROWS else PARTS
                await asyncio.sleep((loop.time() - began) * (parts - 1))
            else:
                await self._hub.moved_from(cursor)
                await asyncio.sleep(self._reader.gather_seconds)

    async def _step(self) -> LogId | None:
        """Where the reader is now; None if it cannot go on, or another process does."""
        try:
            cursor = await self._threads.follow(partial(_step, self._reader))
        except Exception as error:
            if not self._fails:
                logger.error("%s cannot follow the log, and will again: %s", self._reader.name, error)
            self._fails = True
            return None
        self._fails = False
        return cursor


def _step(reader: Reader) -> LogId | None:
    # What is left of a full disk is for messages.
    return None if room.is_short_for_messages() else step(reader)
