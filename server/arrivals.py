"""What arrives on connections that are no sockets is read in turns: from hundreds at once, it would keep the
event loop from everybody else until the last is read.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable
from ipaddress import IPv6Address
from weakref import WeakKeyDictionary

# So many are read at once, and as many each time.
MAX_AT_ONCE = 8
TURN_SECONDS = 0.004
# So many of addresses for which nothing waited are read, then one of an address that has been waiting.
NEW_IN_A_ROW = 3

_Waiting = OrderedDict[str | int, deque[Callable[[], None]]]


class Arrivals:
    """Of one event loop. If a turn comes late, because the loop has other things to do as well, it is as much
    larger: a crowd that logs in is not kept waiting. Addresses take turns, so that hundreds of connections of
    one do not keep those of another waiting; an address for which nothing waited comes before those that had
    their turn already. All that a proxy passes on comes from one."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        # By address: those that have had no turn since something waits for them, and the others.
        self._new: _Waiting = OrderedDict()
        self._known: _Waiting = OrderedDict()
        self._new_in_a_row = 0
        self._left = MAX_AT_ONCE
        self._turn: asyncio.TimerHandle | None = None

    def may_go_on(self) -> bool:
        """Whether one more may be read at once. If not, it is to `wait`."""
        if self._turn is None:
            self._left = MAX_AT_ONCE
            self._plan()
        self._left -= 1
        return self._left >= 0

    def wait(self, address: str, go_on: Callable[[], None]) -> None:
        """Call `go_on` when it is its turn. `address`: the peer's; empty if it has none."""
        subscriber = _subscriber(address)
        queue = self._known.get(subscriber) or self._new.setdefault(subscriber, deque())
        queue.append(go_on)

    def _plan(self) -> None:
        due = self._loop.time() + TURN_SECONDS
        self._turn = self._loop.call_at(due, self._go_on, due)

    def _go_on(self, due: float) -> None:
        self._turn = None
        if not self._waits:
            return
        late = max(0.0, self._loop.time() - due)
        self._left = int(MAX_AT_ONCE * (1 + late / TURN_SECONDS))
        self._plan()
        while self._waits and self._left > 0:
            self._left -= 1
            self._next()()

    @property
    def _waits(self) -> bool:
        return bool(self._new or self._known)

    def _next(self) -> Callable[[], None]:
        is_new = bool(self._new) and not (self._known and self._new_in_a_row >= NEW_IN_A_ROW)
        self._new_in_a_row = self._new_in_a_row + 1 if is_new else 0
        subscriber, queue = (self._new if is_new else self._known).popitem(last=False)
        go_on = queue.popleft()
        if queue:
            self._known[subscriber] = queue
        return go_on


def _subscriber(address: str) -> str | int:
    """The address, or the /64 of an IPv6 address: one subscriber has all of it."""
    return int(IPv6Address(address)) >> 64 if ":" in address else address


_arrivals: WeakKeyDictionary[asyncio.AbstractEventLoop, Arrivals] = WeakKeyDictionary()


def arrivals() -> Arrivals:
    """Those of the running event loop."""
    loop = asyncio.get_running_loop()
    found = _arrivals.get(loop)
    if found is None:
        found = _arrivals[loop] = Arrivals(loop)
    return found
