"""Lets a reader of the log follow it, in the background of an event loop."""

import asyncio
import logging
import time
from functools import partial

from chat.delivery.loop.hub import Hub
from chat.delivery.loop.processor import CpuShare
from chat.delivery.loop.threads import DatabaseThreads
from chat.readers.reader import Reader, SharedRows, step
from log.rows import LogId
from uploads import disk_space

logger = logging.getLogger(__name__)

# The time until another attempt, if the database failed or another process follows the log.
AGAIN_SECONDS = 5.0


class Follower:
    """Takes the reader from step to step to the end of the log, as fast as it may, and on with each news.
    `share` and `rows` are those of all readers of the event loop."""

    def __init__(
        self, reader: Reader, threads: DatabaseThreads, hub: Hub, share: CpuShare, rows: SharedRows
    ) -> None:
        self._reader = reader
        self._threads = threads
        self._hub = hub
        self._taker = share.taker()
        self._rows = rows
        self._fails = False

    async def run(self) -> None:
        while True:
            async with self._taker.turn() as turn:
                end = self._hub.cursor
                cursor, used = await self._step(end)
                if cursor is not None and cursor < end:
                    await turn.pause(used)
                    continue
            if cursor is None:
                await asyncio.sleep(AGAIN_SECONDS)
            else:
                await self._hub.moved_from(cursor)
                await asyncio.sleep(self._reader.gather_seconds)

    async def _step(self, end: LogId) -> tuple[LogId | None, float]:
        """Where the reader is now, None if it cannot go on or another process does; and the seconds of a
        processor that it used. `end`: of the log."""
        try:
            taken = await self._threads.follow(partial(_step, self._reader, self._rows))
        except Exception as error:
            if not self._fails:
                logger.error(
                    "%s cannot follow the log, and will again: %s",
                    self._reader.name,
                    error,
                    extra={"log_id": end},
                )
            self._fails = True
            return None, 0.0
        self._fails = False
        return taken


def _step(reader: Reader, rows: SharedRows) -> tuple[LogId | None, float]:
    began = time.thread_time()
    # What is left of a full disk is for messages.
    cursor = None if disk_space.is_short_for_messages() else step(reader, rows.next_rows)
    return cursor, time.thread_time() - began
