"""Limits how much input of many connections is read at once, so that it does not block the event loop. This
concerns requests, and large pieces of data that arrive on sockets.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable
from ipaddress import IPv6Address
from typing import NamedTuple
from weakref import WeakKeyDictionary

TURN_SECONDS = 0.004
# After this time, the rest of a turn waits until other ready tasks have run.
MAX_SLICE_SECONDS = 0.002
# How many requests are read in each turn.
MAX_TURN_REQUESTS = 8
# How many bytes of large pieces are read in each turn: 32 MB/s, which takes a tenth of a CPU.
MAX_TURN_BYTES = 128 * 1024
# After this many reads of new addresses, one of an address that has already had a turn is next.
MAX_NEW_IN_A_ROW = 3


class _Read(NamedTuple):
    read: Callable[[], None]
    cost: int


_ReadsByAddress = OrderedDict[str | int, deque[_Read]]


class Arrivals:
    """The turns of reading in one event loop. The reads of a turn cost at most `max_cost` together; if the
    last of them exceeds it, the excess is deducted from the next turns. `catches_up`: a turn that comes late,
    because the loop is busy, is larger by as much, so that a crowd that logs in does not wait longer. Other
    tasks run during a turn that takes longer than MAX_SLICE_SECONDS.

    Addresses take turns, so that hundreds of connections of one address do not delay another address. A new
    address, for which nothing was waiting, comes before those that have had a turn. All connections through a
    proxy have the proxy's address."""

    def __init__(self, loop: asyncio.AbstractEventLoop, max_cost: int, *, catches_up: bool) -> None:
        self._loop = loop
        self._max_cost = max_cost
        self._catches_up = catches_up
        # The waiting reads of addresses without a turn so far, and of the others.
        self._new: _ReadsByAddress = OrderedDict()
        self._known: _ReadsByAddress = OrderedDict()
        self._new_in_a_row = 0
        self._left = max_cost
        self._turn: asyncio.TimerHandle | None = None
        self._is_sliced = False

    def may_read(self, cost: int = 1) -> bool:
        """Return whether something of this cost may be read now, and count it if so. If not, call `wait`."""
        if self._turn is None:
            self._left = self._max_cost
            self._schedule_turn()
        if self._left <= 0:
            return False
        self._left -= cost
        return True

    def wait(self, address: str, read: Callable[[], None], cost: int = 1) -> None:
        """Call `read` when it is its turn. `address`: the peer's address; empty if it has none."""
        subscriber = _subscriber(address)
        queue = self._known.get(subscriber) or self._new.setdefault(subscriber, deque())
        queue.append(_Read(read, cost))

    def _schedule_turn(self) -> None:
        due = self._loop.time() + TURN_SECONDS
        self._turn = self._loop.call_at(due, self._begin_turn, due)

    def _begin_turn(self, due: float) -> None:
        self._turn = None
        late = max(0.0, self._loop.time() - due) if self._catches_up else 0.0
        self._left = min(self._left, 0) + int(self._max_cost * (1 + late / TURN_SECONDS))
        if not self._has_waiting and self._left >= self._max_cost:
            return
        self._schedule_turn()
        if not self._is_sliced:
            self._run_slice()

    def _run_slice(self) -> None:
        self._is_sliced = False
        until = self._loop.time() + MAX_SLICE_SECONDS
        while self._has_waiting and self._left > 0:
            if self._loop.time() >= until:
                self._is_sliced = True
                self._loop.call_soon(self._run_slice)
                return
            read, cost = self._next()
            self._left -= cost
            read()

    @property
    def _has_waiting(self) -> bool:
        return bool(self._new or self._known)

    def _next(self) -> _Read:
        is_new = bool(self._new) and not (self._known and self._new_in_a_row >= MAX_NEW_IN_A_ROW)
        self._new_in_a_row = self._new_in_a_row + 1 if is_new else 0
        subscriber, queue = (self._new if is_new else self._known).popitem(last=False)
        read = queue.popleft()
        if queue:
            self._known[subscriber] = queue
        return read


def _subscriber(address: str) -> str | int:
    """Return the address, or the /64 network of an IPv6 address, which belongs to one subscriber."""
    return int(IPv6Address(address)) >> 64 if ":" in address else address


class _LoopArrivals(NamedTuple):
    requests: Arrivals
    large_pieces: Arrivals


_by_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, _LoopArrivals] = WeakKeyDictionary()


def arrivals() -> Arrivals:
    """Return the turns of requests in the running event loop. Each request costs 1."""
    return _loop_arrivals().requests


def large_pieces() -> Arrivals:
    """Return the turns of large pieces of data on sockets, and of pieces of large messages. A piece costs its
    number of bytes. Late turns are not larger."""
    return _loop_arrivals().large_pieces


def _loop_arrivals() -> _LoopArrivals:
    loop = asyncio.get_running_loop()
    existing = _by_loop.get(loop)
    if existing is None:
        requests = Arrivals(loop, MAX_TURN_REQUESTS, catches_up=True)
        pieces = Arrivals(loop, MAX_TURN_BYTES, catches_up=False)
        existing = _by_loop[loop] = _LoopArrivals(requests, pieces)
    return existing
