"""Runs a reader of the log in the background of an event loop, so that it follows the log."""

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

# How long to wait before the next attempt if the database failed or another process runs the reader.
RETRY_SECONDS = 5.0


class Follower:
    """Runs steps of `reader` to the end of the log, within its share of the CPU, and continues with each new
    row. All readers of an event loop use the same `share` and `rows`."""

    def __init__(
        self, reader: Reader, threads: DatabaseThreads, hub: Hub, share: CpuShare, rows: SharedRows
    ) -> None:
        self._reader = reader
        self._threads = threads
        self._hub = hub
        self._participant = share.participant()
        self._rows = rows
        self._is_failing = False

    async def run(self) -> None:
        while True:
            async with self._participant.turn() as turn:
                end = self._hub.cursor
                cursor, used = await self._step(end)
                if cursor is not None and cursor < end:
                    await turn.pause(used)
                    continue
            if cursor is None:
                await asyncio.sleep(RETRY_SECONDS)
            else:
                await self._hub.wait_for_row_after(cursor)
                await asyncio.sleep(self._reader.gather_seconds)

    async def _step(self, end: LogId) -> tuple[LogId | None, float]:
        """Run one step. Return the reader's new position, None if the step failed or another process runs
        the reader, and the CPU seconds that the step used. `end`: the end of the log, for the error log."""
        try:
            result = await self._threads.follow(partial(_run_step, self._reader, self._rows))
        except Exception as error:
            if not self._is_failing:
                logger.error(
                    "%s cannot follow the log, and will again: %s",
                    self._reader.name,
                    error,
                    extra={"log_id": end},
                )
            self._is_failing = True
            return None, 0.0
        self._is_failing = False
        return result


def _run_step(reader: Reader, rows: SharedRows) -> tuple[LogId | None, float]:
    began = time.thread_time()
    # The last free space of a full disk is reserved for messages.
    cursor = None if disk_space.is_short_for_messages() else step(reader, rows.next_rows)
    return cursor, time.thread_time() - began
