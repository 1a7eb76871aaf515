"""The client for programs without asyncio: the same, on an event loop in a thread of its own."""

import asyncio
import queue
import threading
from collections.abc import Coroutine, Iterator
from contextlib import suppress
from typing import Any, Self, TypeVar

from im66_client.client import Client
from im66_client.failure import Failure
from im66_client.types import Event

T = TypeVar("T")


class ThreadedClient:
    """What `Client` does, with calls that wait. All threads may use it, inside `with`."""

    def __init__(self, url: str, **options: Any) -> None:
        self._url, self._options = url, options
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="im66-client", daemon=True)
        self._events: queue.SimpleQueue[Event | Failure] = queue.SimpleQueue()
        self._listening: asyncio.Task[None] | None = None
        self.client: Client

    def __enter__(self) -> Self:
        self._thread.start()
        self._do(self._begin())
        return self

    def __exit__(self, *_: object) -> None:
        self._do(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def events(self, timeout: float | None = None) -> Iterator[Event]:
        """Each event of the server, to one thread. Ends if none comes within `timeout` seconds. Raises
        Failure as `Client.events` does."""
        while True:
            try:
                event = self._events.get(timeout=timeout)
            except queue.Empty:
                return
            if isinstance(event, Failure):
                raise event
            yield event

    def send(self, to: str, content: str, **fields: Any) -> dict[str, Any]:
        return self._do(self.client.send(to, content, **fields))

    def ask(self, cmd: str, **fields: Any) -> dict[str, Any]:
        return self._do(self.client.ask(cmd, **fields))

    def call(self, method: str, path: str, **more: Any) -> Any:
        return self._do(self.client.call(method, path, **more))

    def items(self, path: str, **query: Any) -> Iterator[dict[str, Any]]:
        pages = self.client.items(path, **query)
        with suppress(StopAsyncIteration):
            while True:
                yield self._do(anext(pages))

    def upload(self, content: bytes, name: str = "file") -> dict[str, Any]:
        return self._do(self.client.upload(content, name))

    def _do(self, act: "Coroutine[Any, Any, T]") -> T:
        return asyncio.run_coroutine_threadsafe(act, self._loop).result()

    async def _begin(self) -> None:
        self.client = Client(self._url, **self._options)
        await self.client.__aenter__()
        self._listening = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        try:
            async for event in self.client.events():
                self._events.put(event)
        except Failure as failure:
            self._events.put(failure)

    async def _end(self) -> None:
        assert self._listening
        self._listening.cancel()
        await asyncio.gather(self._listening, return_exceptions=True)
        await self.client.__aexit__()
