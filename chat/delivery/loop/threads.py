"""The threads in which an event loop uses the database for its sockets.

Channels' own way (`database_sync_to_async`) shares one thread, and so one queue, among all consumers. Each
thread of this module also has a connection of its own, which is not from the pool: HTTP calls may use up the
pool, and after a long outage of the database the pool takes long to reconnect.
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

from accounts.limits.fair_queue import Breaks, FairQueue

T = TypeVar("T")

READERS = 5
# How many of them may read pages of backlogs and histories at once. So threads are left for the reads for
# which everybody waits, and no more than this many compete with the event loop for the interpreter.
# SQLite runs in this process, where a second page only takes time from the first. With other databases, a
# thread waits without using the interpreter.
MAX_CONCURRENT_PAGES_SQLITE, MAX_CONCURRENT_PAGES = 1, 2
# After a page that took longer than `short`, no page is read for as long as it took, so that texts and logins
# get their turn.
BREAKS = Breaks(grace=0.002, maximum=0.1)
# After a short read, the same, however short it was.
EVEN_BREAKS = BREAKS._replace(grace=0.0)
# Because an index of the log calls functions, SQLite keeps a copy of each page that an append changes, to
# undo it. Writing the copies into a file takes as long as the append.
_WRITER_PRAGMA = "PRAGMA temp_store=MEMORY"
# A connection that was unused for this long is tested before it is used.
FRESH_SECONDS = 1.0
# The time between two attempts of a thread to connect. Meanwhile, reads fail at once, and writes wait for the
# second attempt.
RETRY_SECONDS = 0.5

_thread = threading.local()


class DatabaseThreads:
    """One thread writes messages, because the log has one writer. One writes marks such as delivery cursors,
    which must not wait behind messages. One runs background work, such as the readers of the log. READERS
    threads read."""

    def __init__(self) -> None:
        self._connections: list[BaseDatabaseWrapper] = []
        self._writer = self._executor("im66-write", 1, _WRITER_PRAGMA)
        self._marker = self._executor("im66-mark", 1)
        self._follower = self._executor("im66-follow", 1)
        self._readers = self._executor("im66-read", READERS)
        # Callers wait without a limit: each connection requests one page at a time.
        self._pages = FairQueue(_max_concurrent_pages(), sys.maxsize, wait_seconds=None, breaks=BREAKS)
        self._turns = FairQueue(_max_concurrent_pages(), sys.maxsize, wait_seconds=None, breaks=EVEN_BREAKS)

    async def write(self, call: Callable[[], T]) -> T:
        """Run `call` after all writes that were requested before. Raises what it raises."""
        call = partial(_run, call, waits_for_retry=True)
        return await asyncio.get_running_loop().run_in_executor(self._writer, call)

    async def mark(self, call: Callable[[], T]) -> T:
        """Run `call`, which writes no message, in parallel to the thread that writes messages. Raises what it
        raises."""
        return await asyncio.get_running_loop().run_in_executor(self._marker, partial(_run, call))

    async def follow(self, call: Callable[[], T]) -> T:
        """Run `call`, which is background work, always on the same connection. Raises what it raises."""
        return await asyncio.get_running_loop().run_in_executor(self._follower, partial(_run, call))

    async def read(self, call: Callable[[], T]) -> T:
        """Run `call` in parallel to other reads. Raises what it raises."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, partial(_run, call))

    async def read_page(self, userid: str, call: Callable[[], T]) -> T:
        """Run `call`, which may take long, when it is the person's turn among all page reads. Raises what it
        raises."""
        return await self._read_from(self._pages, userid, call)

    async def read_in_turn(self, userid: str, call: Callable[[], T]) -> T:
        """Run `call`, which is short, when it is the person's turn among all short reads. Raises what it
        raises."""
        return await self._read_from(self._turns, userid, call)

    async def _read_from(self, turns: FairQueue, userid: str, call: Callable[[], T]) -> T:
        loop = asyncio.get_running_loop()
        await turns.enter((userid,))
        began = time.monotonic()
        try:
            reading = self._readers.submit(_run, call)
        except BaseException:
            turns.leave((userid,))
            raise

        def leave(read: "Future[T]") -> None:
            # A failed read is always followed by a break, however short it was.
            has_failed = read.cancelled() or read.exception() is not None
            held = time.monotonic() - began + (BREAKS.grace if has_failed else 0.0)
            _call_soon_in(loop, partial(turns.leave_after, (userid,), held))

        # The turn ends when the read does, even if the caller is cancelled before: the thread and the
        # database continue with the read.
        reading.add_done_callback(leave)
        try:
            return await asyncio.wrap_future(reading)
        finally:
            # It may hold an error, which refers to this frame and to everything that was read. Only the
            # garbage collector would free them.
            del reading

    def close(self) -> "Future[None]":
        """Accept no more calls, let the running ones finish, and then close the connections. Does not wait.
        The returned future is done when the connections are closed, which never happens if the database never
        answers."""
        self._readers.shutdown(wait=False, cancel_futures=True)
        self._writer.shutdown(wait=False)
        self._marker.shutdown(wait=False)
        self._follower.shutdown(wait=False)
        closed: Future[None] = Future()
        closed.set_running_or_notify_cancel()  # from here on it cannot be cancelled
        # In a thread, because it waits, and because Django closes no connection in a thread that runs an
        # event loop.
        threading.Thread(target=self._close_connections, args=(closed,), name="im66-close").start()
        return closed

    def _executor(self, name: str, size: int, sqlite_pragma: str = "") -> ThreadPoolExecutor:
        initializer = partial(self._open_connection, sqlite_pragma)
        return ThreadPoolExecutor(size, thread_name_prefix=name, initializer=initializer)

    def _close_connections(self, closed: "Future[None]") -> None:
        self._readers.shutdown()
        self._writer.shutdown()
        self._marker.shutdown()
        self._follower.shutdown()
        for opened in self._connections:
            opened.close()
        closed.set_result(None)

    def _open_connection(self, sqlite_pragma: str) -> None:
        """Give the thread that runs this a connection of its own, which stays open and is not from a pool. On
        SQLite, the connection begins with `sqlite_pragma`."""
        shared = connections.settings[DEFAULT_DB_ALIAS]
        options = {name: value for name, value in shared["OPTIONS"].items() if name != "pool"}
        if sqlite_pragma and connection.vendor == "sqlite":
            options["init_command"] = f"{options['init_command']}; {sqlite_pragma}"
        settings = {**shared, "OPTIONS": options, "CONN_MAX_AGE": None}
        own: BaseDatabaseWrapper = load_backend(shared["ENGINE"]).DatabaseWrapper(settings, DEFAULT_DB_ALIAS)
        own.inc_thread_sharing()  # for _close_connections, which runs in another thread
        connections[DEFAULT_DB_ALIAS] = own
        self._connections.append(own)


def _max_concurrent_pages() -> int:
    return MAX_CONCURRENT_PAGES_SQLITE if connection.vendor == "sqlite" else MAX_CONCURRENT_PAGES


def _call_soon_in(loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
    with suppress(RuntimeError):  # the loop is closed, so nobody waits
        loop.call_soon_threadsafe(call)


def _run(call: Callable[[], T], *, waits_for_retry: bool = False) -> T:
    if time.monotonic() > getattr(_thread, "fresh_until", 0.0):
        connection.close_if_unusable_or_obsolete()  # in fact, it is tested at its next use
    _connect(waits_for_retry=waits_for_retry)
    try:
        return call()
    finally:
        if connection.errors_occurred:
            connection.close()
        _thread.fresh_until = time.monotonic() + FRESH_SECONDS


def _connect(*, waits_for_retry: bool) -> None:
    """Connect this thread to the database unless it is connected. If an attempt has failed within the last
    RETRY_SECONDS, wait for the rest of that time with `waits_for_retry`, else raise. Raises DatabaseError."""
    if connection.connection is not None:
        return
    seconds = getattr(_thread, "away_until", 0.0) - time.monotonic()
    if seconds > 0 and not waits_for_retry:
        raise OperationalError("the database could not be reached a moment ago")
    time.sleep(max(0.0, seconds))
    try:
        connection.ensure_connection()
    except BaseException:
        _thread.away_until = time.monotonic() + RETRY_SECONDS
        raise
