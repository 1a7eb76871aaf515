"""Cursors on their way into the database: up to which row each person or device has received the log."""

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

# What is not written yet when the process is killed is sent again, and shown again by the shipped apps.
PAUSE_SECONDS = 0.25
# Messages use the database too, so cursors take at most one part in this many of its time.
PARTS = 10
# The longest pause. A write that would need a longer one waited for the database, and did not keep it busy.
MAX_PAUSE_SECONDS = 1.0
# The longest that a caller waits for a cursor to be written.
WAIT_SECONDS = 3.0
# The cursors that other processes marked are remembered for this many people, because the database may not
# have them yet.
MAX_REMOTE_CURSORS = 10_000
# How long a cursor is remembered after it was written: longer than a login reads the database.
WRITTEN_SECONDS = 5.0


def _notify_nobody(who: Any, delivered_id: LogId) -> None:
    pass


class Cursors(Generic[K]):
    """Notes cursors at once and writes them in the background, many in one transaction.

    If a cursor is lost, messages are sent again, but none is lost. `store` writes cursors; they never move
    back. `publish(who, delivered_id)` passes a cursor to `on_message` in the other processes, if there is a
    way to reach them. It arrives sooner than by a slow database.
    """

    def __init__(
        self,
        threads: DatabaseThreads,
        store: Callable[[Mapping[K, LogId]], None],
        publish: Callable[[K, LogId], None] = _notify_nobody,
    ) -> None:
        self._threads = threads
        self._store = store
        self._publish = publish
        self._noted: dict[K, LogId] = {}
        self._remote: OrderedDict[K, LogId] = OrderedDict()
        # What was written lately, and when.
        self._written: deque[tuple[float, dict[K, LogId]]] = deque()
        self._writing: asyncio.Task[None] | None = None
        self._hurried = asyncio.Event()
        # Set when the next attempt to write has ended.
        self._attempted = asyncio.Event()
        self._pause = PAUSE_SECONDS
        self._fails = False

    def note(self, who: K, delivered_id: LogId) -> None:
        """Everything up to `delivered_id` has reached `who`."""
        if delivered_id > self._noted.get(who, -1):
            self._noted[who] = delivered_id
            if self._writing is None or self._writing.done():
                self._writing = asyncio.create_task(self._write_all())

    def noted(self, who: K) -> LogId:
        """The cursor of `who` if the database may not have it, or may not have had it when it was read a
        moment ago; else 0."""
        written = (cursors.get(who, 0) for _, cursors in self._written)
        return max(self._noted.get(who, 0), self._remote.get(who, 0), *written)

    def on_message(self, who: K, delivered_id: LogId) -> None:
        """Another process has noted this cursor, of a person who said goodbye there."""
        self._remote[who] = max(delivered_id, self._remote.pop(who, 0))
        if len(self._remote) > MAX_REMOTE_CURSORS:
            self._remote.popitem(last=False)

    async def write(self, who: K) -> None:
        """Return when the cursor noted for `who` is written, or after a few seconds if the database is
        slow."""
        if who in self._noted:
            self._publish(who, self._noted[who])
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                while who in self._noted:
                    await self._attempt()
        except TimeoutError:
            logger.warning("A delivery cursor is not written yet; it will be.")

    async def flush(self) -> None:
        """Try to write all noted cursors, and return when the attempt has ended. Never raises."""
        if self._noted:
            await self._attempt()  # this attempt may have begun before the last cursor was noted
        if self._noted:
            await self._attempt()

    async def _attempt(self) -> None:
        """Return when the next attempt to write has ended."""
        self._hurried.set()
        await self._attempted.wait()

    async def _write_all(self) -> None:
        while self._noted:
            await self._wait_for_turn()
            took = await self._write(dict(self._noted))
            self._pause = min(max(PAUSE_SECONDS, took * (PARTS - 1)), MAX_PAUSE_SECONDS)
            self._attempted.set()
            self._attempted = asyncio.Event()

    async def _wait_for_turn(self) -> None:
        if self._fails:
            await asyncio.sleep(self._pause)  # even if somebody is in a hurry
        else:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._pause):
                    await self._hurried.wait()
        self._hurried.clear()

    async def _write(self, cursors: dict[K, LogId]) -> float:
        """Write `cursors`. Returns how many seconds it took."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            await self._threads.mark(partial(self._store, cursors))
        except AnyDatabaseError as error:
            if not self._fails:
                logger.warning("Delivery cursors could not be written, and will be again: %s", error)
            self._fails = True
            return 0.0
        self._fails = False
        self._remember(cursors, loop.time())
        for who, delivered_id in cursors.items():
            if self._noted[who] == delivered_id:
                del self._noted[who]
        return loop.time() - began

    def _remember(self, written: dict[K, LogId], now: float) -> None:
        self._written.append((now, written))
        while self._written[0][0] < now - WRITTEN_SECONDS:
            self._written.popleft()
