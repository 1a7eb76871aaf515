"""What arrives on many connections at once is read in turns: at once, it would keep the event loop from
everybody else until the last is read. This is for requests, and for what sockets are sent in large pieces.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable
from ipaddress import IPv6Address
from typing import NamedTuple
from weakref import WeakKeyDictionary

TURN_SECONDS = 0.004
# After so long the rest of a turn waits until everything else that is ready had its turn.
SLICE_SECONDS = 0.002
# So many requests are read at once, and as many in each turn.
MAX_AT_ONCE = 8
# So many bytes of large pieces are read in each turn: 32 MB/s, for which a tenth of a processor is enough.
MAX_TURN_BYTES = 128 * 1024
# So many of addresses for which nothing waited are read, then one of an address that has been waiting.
NEW_IN_A_ROW = 3


class _Read(NamedTuple):
    go_on: Callable[[], None]
    cost: int


_Waiting = OrderedDict[str | int, deque[_Read]]


class Arrivals:
    """Of one event loop. What is read in one turn costs at most `most` together; what the last of it costs
    beyond that is taken off the next turns. `catches_up`: if a turn comes late, because the loop has other
    things to do as well, it is as much larger: a crowd that logs in is not kept waiting. A turn that takes
    longer than SLICE_SECONDS lets others go between.

    Addresses take turns, so that hundreds of connections of one do not keep those of another waiting; an
    address for which nothing waited comes before those that had their turn already. All that a proxy passes
    on comes from one."""

    def __init__(self, loop: asyncio.AbstractEventLoop, most: int, *, catches_up: bool) -> None:
        self._loop = loop
        self._most = most
        self._catches_up = catches_up
        # By address: those that have had no turn since something waits for them, and the others.
        self._new: _Waiting = OrderedDict()
        self._known: _Waiting = OrderedDict()
        self._new_in_a_row = 0
        self._left = most
        self._turn: asyncio.TimerHandle | None = None
        self._is_sliced = False

    def may_go_on(self, cost: int = 1) -> bool:
        """Whether something that costs so much may be read at once. If not, it is to `wait`."""
        if self._turn is None:
            self._left = self._most
            self._plan()
        if self._left <= 0:
            return False
        self._left -= cost
        return True

    def wait(self, address: str, go_on: Callable[[], None], cost: int = 1) -> None:
        """Call `go_on` when it is its turn. `address`: the peer's; empty if it has none."""
        subscriber = _subscriber(address)
        queue = self._known.get(subscriber) or self._new.setdefault(subscriber, deque())
        queue.append(_Read(go_on, cost))

    def _plan(self) -> None:
        due = self._loop.time() + TURN_SECONDS
        self._turn = self._loop.call_at(due, self._go_on, due)

    def _go_on(self, due: float) -> None:
        self._turn = None
        late = max(0.0, self._loop.time() - due) if self._catches_up else 0.0
        self._left = min(self._left, 0) + int(self._most * (1 + late / TURN_SECONDS))
        if not self._waits and self._left >= self._most:
            return
        self._plan()
        if not self._is_sliced:
            self._read_on()

    def _read_on(self) -> None:
        self._is_sliced = False
        until = self._loop.time() + SLICE_SECONDS
        while self._waits and self._left > 0:
            if self._loop.time() >= until:
                self._is_sliced = True
                self._loop.call_soon(self._read_on)
                return
            read = self._next()
            self._left -= read.cost
            read.go_on()

    @property
    def _waits(self) -> bool:
        return bool(self._new or self._known)

    def _next(self) -> _Read:
        is_new = bool(self._new) and not (self._known and self._new_in_a_row >= NEW_IN_A_ROW)
        self._new_in_a_row = self._new_in_a_row + 1 if is_new else 0
        subscriber, queue = (self._new if is_new else self._known).popitem(last=False)
        read = queue.popleft()
        if queue:
            self._known[subscriber] = queue
        return read


def _subscriber(address: str) -> str | int:
    """The address, or the /64 of an IPv6 address: one subscriber has all of it."""
    return int(IPv6Address(address)) >> 64 if ":" in address else address


class _Here(NamedTuple):
    calls: Arrivals
    large_pieces: Arrivals


_by_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, _Here] = WeakKeyDictionary()


def arrivals() -> Arrivals:
    """Those of requests in the running event loop; each costs one."""
    return _here().calls


def large_pieces() -> Arrivals:
    """Those of large pieces that its sockets are sent, and of pieces of large messages; they cost their
    bytes. A loop that is busy reads no more of them."""
    return _here().large_pieces


def _here() -> _Here:
    loop = asyncio.get_running_loop()
    here = _by_loop.get(loop)
    if here is None:
        calls = Arrivals(loop, MAX_AT_ONCE, catches_up=True)
        here = _by_loop[loop] = _Here(calls, Arrivals(loop, MAX_TURN_BYTES, catches_up=False))
    return here
