"""Where the database is spoken to on behalf of sockets: threads of the event loop's own.

Django's own way (`database_sync_to_async`) shares one thread among all consumers, and with it its queue.
"""

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

T = TypeVar("T")

READERS = 4
KEPT_SECONDS = 1.0

_thread = threading.local()


class DatabaseThreads:
    """One thread that writes, for the log has one writer, and a few that read."""

    def __init__(self) -> None:
        self._connections: list[BaseDatabaseWrapper] = []
        self._writer = self._executor("im66-write", 1)
        self._readers = self._executor("im66-read", READERS)

    async def write(self, call: Callable[[], T]) -> T:
        """Run `call` after all writes asked for before. Raises what it raises."""
        return await asyncio.get_running_loop().run_in_executor(self._writer, partial(_run, call))

    async def read(self, call: Callable[[], T]) -> T:
        """Run `call` beside other reads. Raises what it raises."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, partial(_run, call))

    def close(self) -> None:
        """Let what was asked for finish, and close the connections."""
        self._readers.shutdown(cancel_futures=True)
        # In a thread, for Django closes no connection while an event loop runs in the caller's.
        self._writer.submit(self._close_connections)
        self._writer.shutdown()

    def _executor(self, name: str, size: int) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(size, thread_name_prefix=name, initializer=self._remember_connection)

    def _close_connections(self) -> None:
        for opened in self._connections:
            opened.close()

    def _remember_connection(self) -> None:
        mine = connections[DEFAULT_DB_ALIAS]
        mine.inc_thread_sharing()  # for close(), which another thread calls
        self._connections.append(mine)


def _run(call: Callable[[], T]) -> T:
    # Through the pool, which sees whether they still work, go those connections that were unused for a while;
    # for each call it would take longer than the call. SQLite's are kept, for closing the last of them makes
    # it check-point.
    if connection.vendor != "sqlite" and time.monotonic() > getattr(_thread, "kept_until", 0.0):
        connection.close()
    try:
        return call()
    finally:
        if connection.errors_occurred:
            connection.close()
        _thread.kept_until = time.monotonic() + KEPT_SECONDS
