"""Something that takes its time, done in several places at the same time."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

P = TypeVar("P")
T = TypeVar("T")


async def on_each(places: Mapping[str, P], play: Callable[[P], Awaitable[T]]) -> dict[str, T]:
    """What came of it, by the name of the place."""
    found = await asyncio.gather(*map(play, places.values()))
    return dict(zip(places, found, strict=True))
