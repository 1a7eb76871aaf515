"""Somebody who shares a Redis and shouts whatever there is into every channel of it."""

import asyncio
import json
import os
import random
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import count
from types import TracebackType
from typing import Any, Self

from channels_redis.pubsub import RedisPubSubChannelLayer
from redis.asyncio import Redis

# Beyond any table's end.
FAR = 2**62
FORGED = (FAR, "text", "boss", "bob", "unicast", "forged", "", 1_795_565_871)
PAUSE_SECONDS = 0.02
NONSENSE_EACH = 50


class Shouter:
    """As a context manager it shouts inside: nonsense, and batches forged after those that it hears."""

    def __init__(self, url: str) -> None:
        self.shouted = 0
        self._redis = Redis.from_url(url)
        self._layer = RedisPubSubChannelLayer(hosts=[url])
        self._heard: dict[bytes | str, Any] = {}
        self._own: set[bytes] = set()
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._shout())]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._redis.aclose()

    async def _listen(self) -> None:
        async with self._redis.pubsub() as everything:
            await everything.psubscribe("*")
            async for told in everything.listen():
                if told["type"] == "pmessage" and told["data"] not in self._own:
                    with suppress(Exception):  # others may say what no layer says
                        self._heard[told["channel"]] = self._layer.deserialize(told["data"])

    async def _shout(self) -> None:
        for turn in count(1):
            for channel in await self._redis.pubsub_channels():
                # Not all the time: whoever stumbles over nonsense might hear no forged batch.
                for message in self._nonsense() if turn % NONSENSE_EACH == 0 else self._forged(channel):
                    self._own.add(message)
                    await self._redis.publish(channel, message)
                    self.shouted += 1
            await asyncio.sleep(PAUSE_SECONDS)

    def _forged(self, channel: bytes | str) -> Iterator[bytes]:
        yield self._layer.serialize(_batch(FAR, json.dumps([FORGED])))
        yield self._layer.serialize(_beyond(self._heard.get(channel, {})))

    def _nonsense(self) -> Iterator[bytes]:
        yield os.urandom(random.randrange(200))
        for message in (
            {},
            {"type": "log.batch"},
            _batch("many", {"a": [1]}),
            _batch(-FAR, "["),
            _batch(FAR, "[[1]]"),
        ):
            yield self._layer.serialize(message)


def _batch(last: Any, entries: Any) -> dict[str, Any]:
    return {"type": "log.batch", "previous": 0, "last": last, "entries": entries}


def _beyond(heard: Mapping[str, Any]) -> dict[str, Any]:
    """The same, but of rows far beyond."""
    forged = {name: FAR if isinstance(value, int) else value for name, value in heard.items()}
    return {**forged, **({"entries": json.dumps([FORGED])} if "entries" in forged else {})}
