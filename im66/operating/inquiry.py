"""Queries the database in a separate thread, which may take any time.

There is one such thread at a time. So a database that hangs occupies one thread and one connection, however
many callers wait for it, and none that the chat needs.
"""

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.utils import load_backend

T = TypeVar("T")


class Inquiry(Generic[T]):
    """Calls `query` in a thread with its own connection to the database."""

    def __init__(self, query: Callable[[], T]) -> None:
        self._query = query
        self._running: Future[T] | None = None

    async def answer(self, seconds: float) -> T:
        """Return the result of `query`. Concurrent callers share it. Raises TimeoutError if there is no
        result within `seconds`, and the errors of `query`."""
        if self._running is None or self._running.done():
            self._running = self._begin()
        async with asyncio.timeout(seconds):
            return await asyncio.shield(asyncio.wrap_future(self._running))

    def _begin(self) -> Future[T]:
        future: Future[T] = Future()
        future.set_running_or_notify_cancel()  # from here on it cannot be cancelled
        # A daemon, so that the end of the process does not wait for it.
        threading.Thread(target=self._run, args=(future,), name="im66-inquiry", daemon=True).start()
        return future

    def _run(self, future: Future[T]) -> None:
        try:
            with own_connection():
                result = self._query()
        except BaseException as error:
            future.set_exception(error)
        else:
            future.set_result(result)


@contextmanager
def own_connection() -> Iterator[None]:
    """Give this thread a connection outside the pool, which HTTP calls may exhaust."""
    shared = connections.settings[DEFAULT_DB_ALIAS]
    options = {name: value for name, value in shared["OPTIONS"].items() if name != "pool"}
    mine = load_backend(shared["ENGINE"]).DatabaseWrapper({**shared, "OPTIONS": options}, DEFAULT_DB_ALIAS)
    connections[DEFAULT_DB_ALIAS] = mine
    try:
        yield
    finally:
        mine.close()
