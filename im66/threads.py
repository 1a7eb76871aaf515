"""The threads that process requests.

Django would start a thread for each request, and keep it until the client has read the response: 800 clients
would be 800 threads. Here a request has a thread only during its turn (`im66.handler`). So the number of
threads is bounded by the turns, and by the uploads whose bodies are held (`uploads.arriving`).
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

from asgiref.sync import ThreadSensitiveContext
from django.db import close_old_connections

# The number of idle threads that are kept for the next requests.
MAX_IDLE = 8


class _Thread(ThreadPoolExecutor):
    """One thread, started when it is needed. `is_used`: set by `submit`; its user resets it."""

    is_used = False

    def __init__(self) -> None:
        super().__init__(1, "im66-request")

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        self.is_used = True
        return super().submit(fn, *args, **kwargs)


class Threads:
    """A pool of threads. The database connections of a thread are closed before it is reused."""

    def __init__(self) -> None:
        self._idle: list[_Thread] = []

    @asynccontextmanager
    async def reserve(self) -> AsyncIterator[None]:
        """Run the thread-sensitive code of the block in a thread of its own."""
        thread = self._idle.pop() if self._idle else _Thread()
        thread.is_used = False
        try:
            async with ThreadSensitiveContext(executor=thread):
                yield
        finally:
            if thread.is_used:
                # Queued after the thread's work, even if the client has disconnected.
                closing = thread.submit(close_old_connections)
                closing.add_done_callback(lambda _: self._release(thread))
                await asyncio.shield(asyncio.wrap_future(closing))
            else:
                self._release(thread)

    def _release(self, thread: _Thread) -> None:
        if len(self._idle) < MAX_IDLE:
            self._idle.append(thread)
        else:
            thread.shutdown(wait=False)
