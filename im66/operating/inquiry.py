"""Asks the database something in a thread of its own, however long that takes.

One thread at a time asks. So a database that hangs takes one thread and one connection, however often it is
asked meanwhile, and none that the chat needs.
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
    """`ask()` is called in a thread that has a connection to the database."""

    def __init__(self, ask: Callable[[], T]) -> None:
        self._ask = ask
        self._asking: Future[T] | None = None

    async def answer(self, seconds: float) -> T:
        """What `ask` returns. All who come while a thread asks share its answer. Raises TimeoutError if there
        is none within `seconds`, and what `ask` raises."""
        if self._asking is None or self._asking.done():
            self._asking = self._begin()
        async with asyncio.timeout(seconds):
            return await asyncio.shield(asyncio.wrap_future(self._asking))

    def _begin(self) -> Future[T]:
        asking: Future[T] = Future()
        asking.set_running_or_notify_cancel()  # from here on it cannot be cancelled
        # A daemon: the end of the process does not wait for it.
        threading.Thread(target=self._run, args=(asking,), name="im66-inquiry", daemon=True).start()
        return asking

    def _run(self, asking: Future[T]) -> None:
        try:
            with own_connection():
                answer = self._ask()
        except BaseException as error:
            asking.set_exception(error)
        else:
            asking.set_result(answer)


@contextmanager
def own_connection() -> Iterator[None]:
    """Give this thread a connection that is not from the pool, which HTTP calls may use up."""
    shared = connections.settings[DEFAULT_DB_ALIAS]
    options = {name: value for name, value in shared["OPTIONS"].items() if name != "pool"}
    mine = load_backend(shared["ENGINE"]).DatabaseWrapper({**shared, "OPTIONS": options}, DEFAULT_DB_ALIAS)
    connections[DEFAULT_DB_ALIAS] = mine
    try:
        yield
    finally:
        mine.close()
