"""Spreads the fan-out of a message to a large group over several steps, so that other people do not wait."""

import asyncio
from collections import deque
from collections.abc import Callable

# Starting a feed and writing to its socket takes up to 50 µs, so this many take a millisecond or two.
AT_ONCE = 32


class FanoutScheduler:
    """Makes `at_once` calls in each step of the event loop, in the order in which they were scheduled."""

    def __init__(self, loop: asyncio.AbstractEventLoop, at_once: int = AT_ONCE) -> None:
        self._loop = loop
        self._at_once = at_once
        self._stepping = False
        self._waiting: deque[Callable[[], None]] = deque()

    def schedule(self, start: Callable[[], None]) -> None:
        """Call `start` in one of the next steps. It must not wait, raise or be slow."""
        self._waiting.append(start)
        if not self._stepping:
            self._stepping = True
            self._loop.call_soon(self._step)

    async def drain(self) -> None:
        """Return when everything that is scheduled by now was called."""
        if self._waiting:
            called = asyncio.Event()
            self.schedule(called.set)
            await called.wait()

    def _step(self) -> None:
        for _ in range(min(self._at_once, len(self._waiting))):
            self._waiting.popleft()()
        if self._waiting:
            self._loop.call_soon(self._step)
        else:
            self._stepping = False
