"""Something that takes its time, done to several servers at the same time."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

from tests.support.server import Server

T = TypeVar("T")


async def on_each(servers: Mapping[str, Server], play: Callable[[Server], Awaitable[T]]) -> dict[str, T]:
    """What came of it, by the name of the server."""
    found = await asyncio.gather(*(play(server) for server in servers.values()))
    return dict(zip(servers, found, strict=True))
