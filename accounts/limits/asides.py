"""Waiting for an external service without keeping a turn of the fair queue: the turn is released meanwhile.

The thread of a request waits, and the event loop awaits the answer. `im66.handler` sets how the turn is
released. Without it, the thread just waits.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")

# Awaits the result of a function while the turn is released.
Outside = Callable[[Callable[[], Awaitable[Any]]], Coroutine[Any, Any, Any]]


class _WaitContext(NamedTuple):
    loop: asyncio.AbstractEventLoop
    outside: Outside


_context: ContextVar[_WaitContext | None] = ContextVar("asides", default=None)


@contextmanager
def turn_released_by(outside: Outside) -> Iterator[None]:
    """In the block, and in threads that it starts, `wait_without_turn` releases the turn by `outside`."""
    token = _context.set(_WaitContext(asyncio.get_running_loop(), outside))
    try:
        yield
    finally:
        _context.reset(token)


def wait_without_turn(ask: Callable[[], Awaitable[T]]) -> T:
    """Run `ask` on the event loop, wait in this thread, and return its result. Must not be called on an event
    loop, or in a transaction, which would block the database. Raises what `ask` raises."""
    context = _context.get()
    if context is None:
        return asyncio.run(_alone(ask))
    answer: T = asyncio.run_coroutine_threadsafe(context.outside(ask), context.loop).result()
    return answer


async def _alone(ask: Callable[[], Awaitable[T]]) -> T:
    return await ask()
