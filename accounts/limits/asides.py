"""Waiting for an answer from outside without keeping a turn: the turn is given back meanwhile.

Work in a thread asks, the event loop waits. `im66.handler` says how the turn is given back; without it, the
thread just waits.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")

# Awaits what it is given, without the turn.
Outside = Callable[[Callable[[], Awaitable[Any]]], Coroutine[Any, Any, Any]]


class _WaitContext(NamedTuple):
    loop: asyncio.AbstractEventLoop
    outside: Outside


_place: ContextVar[_WaitContext | None] = ContextVar("asides", default=None)


@contextmanager
def turn_released_by(outside: Outside) -> Iterator[None]:
    """In the block, and in threads that it starts, `wait` gives the turn back by this."""
    token = _place.set(_WaitContext(asyncio.get_running_loop(), outside))
    try:
        yield
    finally:
        _place.reset(token)


def wait(ask: Callable[[], Awaitable[T]]) -> T:
    """What `ask` returns on the event loop, while this thread waits. Not for an event loop, nor for a
    transaction, which would keep the database from others. Raises what `ask` raises."""
    place = _place.get()
    if place is None:
        return asyncio.run(_alone(ask))
    answer: T = asyncio.run_coroutine_threadsafe(place.outside(ask), place.loop).result()
    return answer


async def _alone(ask: Callable[[], Awaitable[T]]) -> T:
    return await ask()
