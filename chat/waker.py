"""Many are woken by one message, and none of them may keep everybody else waiting."""

import asyncio
from collections import deque
from collections.abc import Callable

# Starting one and writing to its socket takes up to 50 µs, so these take some milliseconds.
AT_ONCE = 100


class Waker:
    """Starts so many at once in each step of the event loop, and the others in the steps that follow. Those
    who wait have their share of each step, and so have those who are woken in it."""

    def __init__(self, loop: asyncio.AbstractEventLoop, at_once: int = AT_ONCE) -> None:
        self._loop = loop
        self._at_once = at_once
        self._started = 0
        self._stepping = False
        self._waiting: deque[Callable[[], None]] = deque()

    def wake(self, start: Callable[[], None]) -> None:
        """Call `start`, which must not wait, raise or be slow: now or in one of the next steps."""
        if not self._stepping:
            self._stepping = True
            self._loop.call_soon(self._step)
        if self._started < self._at_once:
            self._started += 1
            start()
        else:
            self._waiting.append(start)

    def _step(self) -> None:
        self._started = 0
        for _ in range(min(self._at_once, len(self._waiting))):
            self._waiting.popleft()()
        if self._waiting:
            self._loop.call_soon(self._step)
        else:
            self._stepping = False
