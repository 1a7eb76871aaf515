"""Writes delivery cursors to the database in the background: up to which row each person or device has
received the log. The owner of a cursor is a person or a device."""

import asyncio
import logging
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any, Generic, TypeVar

from django.db import Error as AnyDatabaseError

from chat.delivery.loop.threads import DatabaseThreads
from log.rows import LogId

K = TypeVar("K", bound=Hashable)

logger = logging.getLogger(__name__)

# The least pause between two writes. If the process is killed, messages after an unwritten cursor are sent
# again, and shown again by the shipped apps.
PAUSE_SECONDS = 0.25
# Cursor writes take at most one part in this many of the database's time, because messages need it too.
TIME_DIVISOR = 10
# The longest pause. A write that would need a longer one waited for the database, and did not keep it busy.
MAX_PAUSE_SECONDS = 1.0
# The longest that a caller waits for a cursor to be written.
WAIT_SECONDS = 3.0
# How many cursors from other processes are remembered, because the database may not have them yet.
MAX_REMOTE_CURSORS = 10_000
# How long a cursor is remembered after it was written: longer than a login reads the database.
WRITTEN_SECONDS = 5.0


def _publish_nothing(owner: Any, delivered_id: LogId) -> None:
    pass


class Cursors(Generic[K]):
    """Notes cursors at once and writes them in the background, many in one transaction.

    If a cursor is lost, messages are sent again, but none is lost. `store` writes cursors; they never move
    back. `publish(owner, delivered_id)` passes a cursor to `on_message` of the other processes, if they can
    be reached. That is faster than a slow database.
    """

    def __init__(
        self,
        threads: DatabaseThreads,
        store: Callable[[Mapping[K, LogId]], None],
        publish: Callable[[K, LogId], None] = _publish_nothing,
    ) -> None:
        self._threads = threads
        self._store = store
        self._publish = publish
        self._noted: dict[K, LogId] = {}
        self._remote: OrderedDict[K, LogId] = OrderedDict()
        # Cursors that were written recently, and when.
        self._written: deque[tuple[float, dict[K, LogId]]] = deque()
        self._writing: asyncio.Task[None] | None = None
        self._write_requested = asyncio.Event()
        # Set when the next attempt to write has ended.
        self._attempt_ended = asyncio.Event()
        self._pause = PAUSE_SECONDS
        self._is_failing = False

    def note(self, owner: K, delivered_id: LogId) -> None:
        """Note that everything up to `delivered_id` has reached `owner`, and write it soon."""
        if delivered_id > self._noted.get(owner, -1):
            self._noted[owner] = delivered_id
            if self._writing is None or self._writing.done():
                self._writing = asyncio.create_task(self._write_all())

    def recent_cursor(self, owner: K) -> LogId:
        """Return the cursor of `owner` if the database may lack it, or may have lacked it when it was read a
        moment ago; else 0."""
        written = (cursors.get(owner, 0) for _, cursors in self._written)
        return max(self._noted.get(owner, 0), self._remote.get(owner, 0), *written)

    def on_message(self, owner: K, delivered_id: LogId) -> None:
        """Remember a cursor that another process has noted when its client said goodbye."""
        self._remote[owner] = max(delivered_id, self._remote.pop(owner, 0))
        if len(self._remote) > MAX_REMOTE_CURSORS:
            self._remote.popitem(last=False)

    async def write(self, owner: K) -> None:
        """Publish the cursor noted for `owner`, and wait until it is written, for at most WAIT_SECONDS."""
        if owner in self._noted:
            self._publish(owner, self._noted[owner])
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                while owner in self._noted:
                    await self._attempt_write()
        except TimeoutError:
            logger.warning("A delivery cursor is not written yet; it will be.")

    async def flush(self) -> None:
        """Try to write all noted cursors, and return when the attempt has ended. Never raises."""
        if self._noted:
            await self._attempt_write()  # this attempt may have begun before the last cursor was noted
        if self._noted:
            await self._attempt_write()

    async def _attempt_write(self) -> None:
        """Request a write now, and wait until the next attempt to write has ended."""
        self._write_requested.set()
        await self._attempt_ended.wait()

    async def _write_all(self) -> None:
        while self._noted:
            await self._wait_for_turn()
            took = await self._write(dict(self._noted))
            self._pause = min(max(PAUSE_SECONDS, took * (TIME_DIVISOR - 1)), MAX_PAUSE_SECONDS)
            self._attempt_ended.set()
            self._attempt_ended = asyncio.Event()

    async def _wait_for_turn(self) -> None:
        if self._is_failing:
            await asyncio.sleep(self._pause)  # even if a write is requested
        else:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._pause):
                    await self._write_requested.wait()
        self._write_requested.clear()

    async def _write(self, cursors: dict[K, LogId]) -> float:
        """Write `cursors`. Return how many seconds it took; 0 if it failed."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            await self._threads.mark(partial(self._store, cursors))
        except AnyDatabaseError as error:
            if not self._is_failing:
                logger.warning("Delivery cursors could not be written, and will be again: %s", error)
            self._is_failing = True
            return 0.0
        self._is_failing = False
        self._remember(cursors, loop.time())
        for owner, delivered_id in cursors.items():
            if self._noted[owner] == delivered_id:
                del self._noted[owner]
        return loop.time() - began

    def _remember(self, written: dict[K, LogId], now: float) -> None:
        self._written.append((now, written))
        while self._written[0][0] < now - WRITTEN_SECONDS:
            self._written.popleft()
