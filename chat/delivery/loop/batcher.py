"""Batches concurrent requests for keys into one read."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Hashable, Mapping
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

# The most keys of one read. A larger read would delay the requests for the next one too long.
MAX_KEYS = 200
# The least time between the starts of two reads. A read of one key takes nearly as much processor time as a
# read of twenty.
INTERVAL_SECONDS = 0.01
# The least pause after a read, so that tasks that waited for the interpreter meanwhile can run.
PAUSE_SECONDS = 0.002


class Batcher(Generic[K, V]):
    """Loads values by key. `read_all(keys)` returns a value for each key. Only one read runs at a time. A
    request that arrives during a read gets its value from the next one, so no value is older than its
    request."""

    def __init__(self, read_all: Callable[[Collection[K]], Awaitable[Mapping[K, V]]]) -> None:
        self._read_all = read_all
        self._pending: list[tuple[K, asyncio.Future[V]]] = []
        self._reading: asyncio.Task[None] | None = None
        self._next_read_at = 0.0

    async def load(self, key: K) -> V:
        """Return the value of `key`. Raises what `read_all` raises."""
        answer: asyncio.Future[V] = asyncio.get_running_loop().create_future()
        self._pending.append((key, answer))
        if self._reading is None:
            self._reading = asyncio.create_task(self._read_pending())
        try:
            return await answer
        finally:
            del answer  # it may hold an error, which refers to this frame

    async def _read_pending(self) -> None:
        clock = asyncio.get_running_loop().time
        try:
            while self._pending:
                await asyncio.sleep(self._next_read_at - clock())
                batch, self._pending = self._pending[:MAX_KEYS], self._pending[MAX_KEYS:]
                began = clock()
                await self._read_batch(batch)
                self._next_read_at = max(began + INTERVAL_SECONDS, clock() + PAUSE_SECONDS)
        finally:
            self._reading = None

    async def _read_batch(self, batch: list[tuple[K, "asyncio.Future[V]"]]) -> None:
        try:
            values = await self._read_all({key for key, _ in batch})
        except Exception as error:
            for _, answer in batch:
                if not answer.done():
                    answer.set_exception(error)
            return
        for key, answer in batch:
            if not answer.done():
                answer.set_result(values[key])
