"""One read answers many questions that are asked at the same time."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Hashable, Mapping
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

# Keys of one read. With a larger read, those who wait for the next one would wait too long.
MAX_KEYS = 200
# From the beginning of a read to that of the next one. A read for one key takes nearly as much of the
# processor as a read for twenty.
INTERVAL_SECONDS = 0.01
# The pause after a read that took longer, for all that waited for the interpreter meanwhile.
PAUSE_SECONDS = 0.002


class Batcher(Generic[K, V]):
    """`read_all(keys)` returns a value for each key. A batcher runs one read at a time, and not too many of
    them. The next read answers what is asked meanwhile, so an answer is never older than its question."""

    def __init__(self, read_all: Callable[[Collection[K]], Awaitable[Mapping[K, V]]]) -> None:
        self._read_all = read_all
        self._pending: list[tuple[K, asyncio.Future[V]]] = []
        self._reading: asyncio.Task[None] | None = None
        self._resting_until = 0.0

    async def ask(self, key: K) -> V:
        """The value of `key`. Raises what `read_all` raises."""
        answer: asyncio.Future[V] = asyncio.get_running_loop().create_future()
        self._pending.append((key, answer))
        if self._reading is None:
            self._reading = asyncio.create_task(self._read())
        try:
            return await answer
        finally:
            del answer  # it may hold an error, which refers to this frame

    async def _read(self) -> None:
        clock = asyncio.get_running_loop().time
        try:
            while self._pending:
                await asyncio.sleep(self._resting_until - clock())
                batch, self._pending = self._pending[:MAX_KEYS], self._pending[MAX_KEYS:]
                began = clock()
                await self._answer(batch)
                self._resting_until = max(began + INTERVAL_SECONDS, clock() + PAUSE_SECONDS)
        finally:
            self._reading = None

    async def _answer(self, batch: list[tuple[K, "asyncio.Future[V]"]]) -> None:
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
