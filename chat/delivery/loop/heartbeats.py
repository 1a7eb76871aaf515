"""Heartbeats of all sessions of an event loop. Pure."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from contextvars import Context

# How many sessions beat before other work of the loop has its turn.
MAX_PER_STEP = 64


class Heartbeats:
    """Calls each `beat` once in `seconds()`. One timer serves all: one for each session takes 700 bytes."""

    def __init__(self, loop: asyncio.AbstractEventLoop, seconds: Callable[[], float]) -> None:
        self._loop = loop
        self._seconds = seconds
        # When each is due, the earliest first: all have the same period.
        self._due: OrderedDict[Callable[[], None], float] = OrderedDict()
        self._timer: asyncio.TimerHandle | None = None

    def add(self, beat: Callable[[], None]) -> None:
        """Call `beat` for the first time after `seconds()`. It must not be added twice."""
        self._due[beat] = self._loop.time() + self._seconds()
        self._schedule()

    def remove(self, beat: Callable[[], None]) -> None:
        """Call `beat` no more. Idempotent."""
        self._due.pop(beat, None)
        if not self._due and self._timer:
            self._timer.cancel()
            self._timer = None

    def _schedule(self) -> None:
        if self._timer is None and self._due:
            # An empty context: the timer belongs to no connection.
            due = next(iter(self._due.values()))
            self._timer = self._loop.call_at(due, self._step, context=Context())

    def _step(self) -> None:
        self._timer = None
        now = self._loop.time()
        try:
            for _ in range(min(MAX_PER_STEP, len(self._due))):
                beat = next(iter(self._due))
                if self._due[beat] > now:
                    break
                self._due[beat] = now + self._seconds()
                self._due.move_to_end(beat)
                beat()
        finally:
            self._schedule()
