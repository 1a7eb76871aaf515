"""Where the database is spoken to on behalf of sockets: threads of the event loop's own.

Django's own way (`database_sync_to_async`) shares one thread among all consumers, and with it its queue. Each
has a connection of its own, too, and none of the pool's: HTTP calls may use that up, and its wait for a
database that is away grows with the time it was away.
"""

import asyncio
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import TypeVar

from django.db import DEFAULT_DB_ALIAS, OperationalError, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import load_backend

from accounts.fair_queue import FairQueue

T = TypeVar("T")

READERS = 4
# So many of them may read pages, of backlogs and histories. What everybody waits for finds another one free,
# and only so many compete with the event loop for the interpreter.
PAGES_AT_ONCE = 1
# A connection that was unused for so long is tried before it is used.
FRESH_SECONDS = 1.0
# Between two attempts of a thread to connect. Reading fails at once meanwhile, writing waits for the second.
RETRY_SECONDS = 0.5

_thread = threading.local()


class DatabaseThreads:
    """One thread that writes, for the log has one writer, one that marks what was delivered, so that no mark
    waits behind a message, and a few that read."""

    def __init__(self) -> None:
        self._connections: list[BaseDatabaseWrapper] = []
        self._writer = self._executor("im66-write", 1)
        self._marker = self._executor("im66-mark", 1)
        self._readers = self._executor("im66-read", READERS)
        # Whoever asks waits as long as it takes: each connection asks for one page at a time.
        self._pages = FairQueue(PAGES_AT_ONCE, most_waiting=sys.maxsize, wait_seconds=None)

    async def write(self, call: Callable[[], T]) -> T:
        """Run `call` after all writes asked for before. Raises what it raises."""
        call = partial(_run, call, patiently=True)
        return await asyncio.get_running_loop().run_in_executor(self._writer, call)

    async def mark(self, call: Callable[[], T]) -> T:
        """Run `call`, which writes no message, beside those that do. Raises what it raises."""
        return await asyncio.get_running_loop().run_in_executor(self._marker, partial(_run, call))

    async def read(self, call: Callable[[], T]) -> T:
        """Run `call` beside other reads. Raises what it raises."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, partial(_run, call))

    async def read_page(self, userid: str, call: Callable[[], T]) -> T:
        """Run `call` when it is the person's turn among all who want to read much. Raises what it raises."""
        loop = asyncio.get_running_loop()
        await self._pages.enter((userid,))
        try:
            reading = self._readers.submit(_run, call)
        except BaseException:
            self._pages.leave()
            raise
        # Not when nobody waits for it any more: its thread and the database go on with it all the same.
        reading.add_done_callback(lambda _: _call_in(loop, self._pages.leave))
        return await asyncio.wrap_future(reading)

    def close(self) -> "Future[None]":
        """Take no more, let what runs finish, and close the connections. Never waits: the future is done when
        they are closed, which may take a database that does not answer for ever."""
        self._readers.shutdown(wait=False, cancel_futures=True)
        self._writer.shutdown(wait=False)
        self._marker.shutdown(wait=False)
        closed: Future[None] = Future()
        closed.set_running_or_notify_cancel()  # from here on nobody cancels it
        # In a thread, for it waits, and Django closes no connection while an event loop runs in the caller's.
        threading.Thread(target=self._close_connections, args=(closed,), name="im66-close").start()
        return closed

    def _executor(self, name: str, size: int) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(size, thread_name_prefix=name, initializer=self._own_connection)

    def _close_connections(self, closed: "Future[None]") -> None:
        self._readers.shutdown()
        self._writer.shutdown()
        self._marker.shutdown()
        for opened in self._connections:
            opened.close()
        closed.set_result(None)

    def _own_connection(self) -> None:
        """Give the thread that runs this a connection that is kept, and no pool's."""
        shared = connections.settings[DEFAULT_DB_ALIAS]
        options = {name: value for name, value in shared["OPTIONS"].items() if name != "pool"}
        settings = {**shared, "OPTIONS": options, "CONN_MAX_AGE": None}
        mine: BaseDatabaseWrapper = load_backend(shared["ENGINE"]).DatabaseWrapper(settings, DEFAULT_DB_ALIAS)
        mine.inc_thread_sharing()  # for _close_connections, which runs in another
        connections[DEFAULT_DB_ALIAS] = mine
        self._connections.append(mine)


def _call_in(loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
    with suppress(RuntimeError):  # the loop is closed: then nobody waits
        loop.call_soon_threadsafe(call)


def _run(call: Callable[[], T], *, patiently: bool = False) -> T:
    if time.monotonic() > getattr(_thread, "fresh_until", 0.0):
        connection.close_if_unusable_or_obsolete()  # or rather, have it tried at its next use
    _connect(patiently=patiently)
    try:
        return call()
    finally:
        if connection.errors_occurred:
            connection.close()
        _thread.fresh_until = time.monotonic() + FRESH_SECONDS


def _connect(*, patiently: bool) -> None:
    """Raises DatabaseError."""
    if connection.connection is not None:
        return
    seconds = getattr(_thread, "away_until", 0.0) - time.monotonic()
    if seconds > 0 and not patiently:
        raise OperationalError("the database could not be reached a moment ago")
    time.sleep(max(0.0, seconds))
    try:
        connection.ensure_connection()
    except BaseException:
        _thread.away_until = time.monotonic() + RETRY_SECONDS
        raise
