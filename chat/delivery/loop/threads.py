"""The threads in which an event loop uses the database for its sockets.

Django's own way (`database_sync_to_async`) shares one thread, and so one queue, among all consumers. Each
thread here also has a connection of its own, which is not from the pool: HTTP calls may use up the pool, and
the longer the database was away, the longer the pool waits for it.
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
# This many of them may read pages of backlogs and histories. So a thread is free for the reads that everybody
# waits for, and only this many compete with the event loop for the interpreter.
# SQLite runs in this process, where a second page only takes time from the first. Other databases are waited
# for meanwhile.
PAGES_AT_ONCE_SQLITE, PAGES_AT_ONCE = 1, 2
# A page that takes longer takes half of the time from then on: texts and logins have their turn meanwhile.
BREAKS = Breaks(short=0.002, most=0.1)
# Questions take half of the time, however short each is.
EVEN_BREAKS = BREAKS._replace(short=0.0)
# Because an index of the log calls functions, SQLite keeps a copy of each page that an append changes, to
# undo it. Writing the copies into a file takes as long as the append.
_WRITER = "PRAGMA temp_store=MEMORY"
# A connection that was unused for this long is tested before it is used.
FRESH_SECONDS = 1.0
# The time between two attempts of a thread to connect. Meanwhile, reads fail at once, and writes wait for the
# second attempt.
RETRY_SECONDS = 0.5

_thread = threading.local()


class DatabaseThreads:
    """One thread writes, because the log has one writer. One marks what was delivered, so that no mark waits
    behind a message. One follows the log at a pace of its own. A few read."""

    def __init__(self) -> None:
        self._connections: list[BaseDatabaseWrapper] = []
        self._writer = self._executor("im66-write", 1, _WRITER)
        self._marker = self._executor("im66-mark", 1)
        self._follower = self._executor("im66-follow", 1)
        self._readers = self._executor("im66-read", READERS)
        # A caller waits as long as necessary: each connection asks for one page at a time.
        self._pages = FairQueue(_pages_at_once(), sys.maxsize, wait_seconds=None, breaks=BREAKS)
        self._questions = FairQueue(_pages_at_once(), sys.maxsize, wait_seconds=None, breaks=EVEN_BREAKS)

    async def write(self, call: Callable[[], T]) -> T:
        """Run `call` after all writes that were asked for before. Raises what it raises."""
        call = partial(_run, call, patiently=True)
        return await asyncio.get_running_loop().run_in_executor(self._writer, call)

    async def mark(self, call: Callable[[], T]) -> T:
        """Run `call`, which writes no message, at the same time as the thread that does. Raises what it
        raises."""
        return await asyncio.get_running_loop().run_in_executor(self._marker, partial(_run, call))

    async def follow(self, call: Callable[[], T]) -> T:
        """Run `call`, for which nobody waits, always on the same connection. Raises what it raises."""
        return await asyncio.get_running_loop().run_in_executor(self._follower, partial(_run, call))

    async def read(self, call: Callable[[], T]) -> T:
        """Run `call` at the same time as other reads. Raises what it raises."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, partial(_run, call))

    async def read_page(self, userid: str, call: Callable[[], T]) -> T:
        """Run `call` when it is the person's turn among all who read pages. Raises what it raises."""
        return await self._read_in_turn(self._pages, userid, call)

    async def ask(self, userid: str, call: Callable[[], T]) -> T:
        """Run `call`, which is short, when it is the person's turn among all who ask. Raises what it
        raises."""
        return await self._read_in_turn(self._questions, userid, call)

    async def _read_in_turn(self, turns: FairQueue, userid: str, call: Callable[[], T]) -> T:
        loop = asyncio.get_running_loop()
        await turns.enter((userid,))
        began = time.monotonic()
        try:
            reading = self._readers.submit(_run, call)
        except BaseException:
            turns.leave((userid,))
            raise

        def leave(read: "Future[T]") -> None:
            # What is refused is of no use, and so takes half of the time at most, however short it is.
            is_refused = read.cancelled() or read.exception() is not None
            held = time.monotonic() - began + (BREAKS.short if is_refused else 0.0)
            _call_in(loop, partial(turns.leave_after, (userid,), held))

        # Not as soon as the caller stops waiting: the thread and the database continue with the read all the
        # same.
        reading.add_done_callback(leave)
        try:
            return await asyncio.wrap_future(reading)
        finally:
            # It may hold an error, which refers to this frame and to all that was read. Only the garbage
            # collector would free them.
            del reading

    def close(self) -> "Future[None]":
        """Accept no more calls, let the running ones finish, and close the connections. Never waits. The
        future is done when the connections are closed, which never happens if the database never answers."""
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

    def _executor(self, name: str, size: int, on_sqlite: str = "") -> ThreadPoolExecutor:
        begin = partial(self._own_connection, on_sqlite)
        return ThreadPoolExecutor(size, thread_name_prefix=name, initializer=begin)

    def _close_connections(self, closed: "Future[None]") -> None:
        self._readers.shutdown()
        self._writer.shutdown()
        self._marker.shutdown()
        self._follower.shutdown()
        for opened in self._connections:
            opened.close()
        closed.set_result(None)

    def _own_connection(self, on_sqlite: str) -> None:
        """Give the thread that runs this a connection of its own, which stays open and is not from a pool. On
        SQLite it begins with this statement."""
        shared = connections.settings[DEFAULT_DB_ALIAS]
        options = {name: value for name, value in shared["OPTIONS"].items() if name != "pool"}
        if on_sqlite and connection.vendor == "sqlite":
            options["init_command"] = f"{options['init_command']}; {on_sqlite}"
        settings = {**shared, "OPTIONS": options, "CONN_MAX_AGE": None}
        mine: BaseDatabaseWrapper = load_backend(shared["ENGINE"]).DatabaseWrapper(settings, DEFAULT_DB_ALIAS)
        mine.inc_thread_sharing()  # for _close_connections, which runs in another thread
        connections[DEFAULT_DB_ALIAS] = mine
        self._connections.append(mine)


def _pages_at_once() -> int:
    return PAGES_AT_ONCE_SQLITE if connection.vendor == "sqlite" else PAGES_AT_ONCE


def _call_in(loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
    with suppress(RuntimeError):  # the loop is closed, so nobody waits
        loop.call_soon_threadsafe(call)


def _run(call: Callable[[], T], *, patiently: bool = False) -> T:
    if time.monotonic() > getattr(_thread, "fresh_until", 0.0):
        connection.close_if_unusable_or_obsolete()  # in fact, it is tested at its next use
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
