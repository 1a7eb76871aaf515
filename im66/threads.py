"""The threads in which requests are answered.

Django would start one for each request, and keep it until the client has read the reply: 800 clients would
be 800 threads. Here a request has one only while it has its turn (`im66.handler`), so there are no more than
turns, and than uploads whose bodies are held (`uploads.arriving`).
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

from asgiref.sync import ThreadSensitiveContext
from django.db import close_old_connections

# So many are kept for the next requests.
MAX_IDLE = 8


class _Thread(ThreadPoolExecutor):
    """One thread, started when it is needed. `is_used`: whether it has been, since somebody set this."""

    is_used = False

    def __init__(self) -> None:
        super().__init__(1, "im66-request")

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        self.is_used = True
        return super().submit(fn, *args, **kwargs)


class Threads:
    """Gives each of its users a thread, with which it shares no database connection afterwards."""

    def __init__(self) -> None:
        self._idle: list[_Thread] = []

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        """Inside, thread-sensitive code has a thread of its own."""
        thread = self._idle.pop() if self._idle else _Thread()
        thread.is_used = False
        try:
            async with ThreadSensitiveContext(executor=thread):
                yield
        finally:
            if thread.is_used:
                # Comes after the work there, even if the client has left.
                closing = thread.submit(close_old_connections)
                closing.add_done_callback(lambda _: self._give_back(thread))
                await asyncio.shield(asyncio.wrap_future(closing))
            else:
                self._give_back(thread)

    def _give_back(self, thread: _Thread) -> None:
        if len(self._idle) < MAX_IDLE:
            self._idle.append(thread)
        else:
            thread.shutdown(wait=False)
