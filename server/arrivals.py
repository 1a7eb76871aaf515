"""What arrives on connections that are no sockets is read in turns: from hundreds at once, it would keep the
event loop from everybody else until the last is read.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from weakref import WeakKeyDictionary

# So many are read at once, and as many each time.
MAX_AT_ONCE = 8
TURN_SECONDS = 0.004


class Arrivals:
    """Of one event loop. If a turn comes late, because the loop has other things to do as well, it is as much
    larger: a crowd that logs in is not kept waiting."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: deque[Callable[[], None]] = deque()
        self._left = MAX_AT_ONCE
        self._turn: asyncio.TimerHandle | None = None

    def may_go_on(self) -> bool:
        """Whether one more may be read at once. If not, it is to `wait`."""
        if self._turn is None:
            self._left = MAX_AT_ONCE
            self._plan()
        self._left -= 1
        return self._left >= 0

    def wait(self, go_on: Callable[[], None]) -> None:
        """Call `go_on` when it is its turn."""
        self._waiting.append(go_on)

    def _plan(self) -> None:
        due = self._loop.time() + TURN_SECONDS
        self._turn = self._loop.call_at(due, self._go_on, due)

    def _go_on(self, due: float) -> None:
        self._turn = None
        if not self._waiting:
            return
        late = max(0.0, self._loop.time() - due)
        self._left = int(MAX_AT_ONCE * (1 + late / TURN_SECONDS))
        self._plan()
        while self._waiting and self._left > 0:
            self._left -= 1
            self._waiting.popleft()()


_arrivals: WeakKeyDictionary[asyncio.AbstractEventLoop, Arrivals] = WeakKeyDictionary()


def arrivals() -> Arrivals:
    """Those of the running event loop."""
    loop = asyncio.get_running_loop()
    found = _arrivals.get(loop)
    if found is None:
        found = _arrivals[loop] = Arrivals(loop)
    return found
