"""The request bodies that a process holds: those still arriving, and those waiting to be handled.

Their number and their bytes are limited, and the limits are shared fairly among the senders, and among the
networks of those. Uploads and the forms of other calls have limits of their own, so that neither uses up the
other's. Each body must arrive at a minimum rate. All bodies together are read at a maximum rate, so that the
event loop stays free for chat.
"""

import asyncio
import resource
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from weakref import WeakKeyDictionary

from django.conf import settings
from django.db import close_old_connections

from accounts.limits import limits
from accounts.limits.callers import Caller, by_network
from accounts.limits.turns import Turns
from uploads.disk_space import MEGABYTE

# A smaller body is held in memory, not in a file.
SMALL_BYTES = 100_000

# No more unfinished and unhandled bodies of each kind than these are held, because each is an open file; and
# no more than this part of the files that the process may open.
MAX_BODIES, PART_OF_DESCRIPTORS = 256, 8
# What is no upload is small, and all of it must arrive in this time, and its bytes at this rate beyond that.
# Those that staff send to the admin may be files.
FORM_SECONDS = 15.0
FORM_RATE = 16 * 1024
MAX_FORMS_MB = 64
# After the grace period, an upload must arrive at this many bytes per second: a quarter of what the slowest
# links still in use carry. A sender that is ahead of this rate may pause, but not for longer than
# PAUSE_SECONDS.
LEAST_RATE = 2048
GRACE_SECONDS = 10.0
PAUSE_SECONDS = 30.0
LOOK_SECONDS = 1.0
# When a sender's turn comes, this many bytes are read from it. A sender has a turn every TURN_SECONDS: 32 MB
# a second in all. At four times as many, reading took all of the event loop's time, and pictures waited.
TURN_BYTES = 64 * 1024
TURN_SECONDS = 0.002


OnSlow = Callable[[], None]


class Shares:
    """A limited amount, shared by callers. Each caller may hold at most as much as is still free.

    So a single caller gets half, two get a third each, and something is always free for the next caller. A
    caller is a path: names made up below one path share what that path may hold.
    """

    def __init__(self, total: int) -> None:
        self._total = total
        self._taken: Counter[Caller] = Counter()

    def take(self, caller: Caller, amount: int) -> bool:
        """Take this amount, or nothing; return whether it was taken."""
        left = self._total
        for end in range(1, len(caller) + 1):
            left -= self._taken[caller[: end - 1]] + amount
            if self._taken[caller[:end]] + amount > left:
                return False
        self._add(caller, amount)
        return True

    def take_left(self, caller: Caller, amount: int) -> None:
        """Take what somebody else has just given back."""
        self._add(caller, amount)

    def give_back(self, caller: Caller, amount: int) -> None:
        self._add(caller, -amount)

    def taken(self, caller: Caller) -> tuple[int, int]:
        """What is held below the first part of the path, and what the caller itself holds."""
        return self._taken[caller[:1]], self._taken[caller]

    def _add(self, caller: Caller, amount: int) -> None:
        for end in range(len(caller) + 1):
            self._taken[caller[:end]] += amount
            if not self._taken[caller[:end]]:
                del self._taken[caller[:end]]


class Pace:
    """Gives callers turns at being read."""

    def __init__(self) -> None:
        self._waiting: Turns[Callable[[], None]] = Turns()
        self._next: asyncio.TimerHandle | None = None

    def wait(self, caller: Caller, go_on: Callable[[], None]) -> None:
        """Call `go_on` when it is the caller's turn."""
        self._waiting.add(caller, go_on)
        self._next = self._next or asyncio.get_running_loop().call_later(TURN_SECONDS, self._go_on)

    def _go_on(self) -> None:
        if self._waiting:
            self._waiting.take()()
        loop = asyncio.get_running_loop()
        self._next = loop.call_later(TURN_SECONDS, self._go_on) if self._waiting else None


class Pool:
    """A number of bodies, shared by networks and callers, and of their bytes, shared by callers."""

    def __init__(self, max_bytes: int, max_bodies: int) -> None:
        self.bytes = Shares(max_bytes)
        self.bodies = Shares(max_bodies)


class UploadBody:
    """One body, held until `end`. `on_slow` is called if it comes too slowly, or if it is the oldest of the
    caller that holds most, and another caller needs its place: then it `is_abandoned`, and holds nothing
    more."""

    is_abandoned = False

    def __init__(
        self, arriving: "Arriving", pool: Pool, caller: Caller, on_slow: OnSlow, *, is_upload: bool
    ) -> None:
        self.on_slow: OnSlow | None = on_slow
        self.pool = pool
        self.path = by_network(caller)
        now = asyncio.get_running_loop().time()
        # The time, by the loop's clock, by which the next byte must have arrived.
        self.due = now + (GRACE_SECONDS if is_upload else FORM_SECONDS)
        self._is_upload = is_upload
        self._arriving = arriving
        self._caller = caller
        self._bytes = 0
        self._ended = self._is_complete = False

    def grow(self, amount: int) -> bool:
        """Count this many more bytes, if they may be held; return whether they may."""
        if self._ended or not self.pool.bytes.take(self._caller, amount):
            return False
        self._bytes += amount
        if self._is_upload:
            now = asyncio.get_running_loop().time()
            self.due = min(self.due + amount / LEAST_RATE, now + PAUSE_SECONDS)
        else:
            self.due += amount / FORM_RATE
        return True

    def is_complete(self) -> None:
        """The whole body has arrived: its pace is no longer checked, and its handler counts it."""
        self._is_complete = True
        self._arriving.unfinished.pop(self, None)

    def end(self) -> None:
        """The body was handled or discarded."""
        if not self._ended:
            self._ended = True
            self.on_slow = None  # the callback may refer to an object that refers to this body
            self._arriving.unfinished.pop(self, None)
            self.pool.bytes.give_back(self._caller, self._bytes)
            self.pool.bodies.give_back(self.path, 1)
            if self._bytes and not self._is_complete:
                count_unfinished(self._caller[0], self._bytes)

    def give_up(self) -> None:
        """Refuse it."""
        self.is_abandoned = True
        self._arriving.unfinished.pop(self, None)
        if on_slow := self.on_slow:
            on_slow()
        self.end()


class Arriving:
    """All bodies of an event loop."""

    def __init__(self, max_bytes: int, max_bodies: int = MAX_BODIES) -> None:
        self.uploads = Pool(max_bytes, max_bodies)
        self.forms = Pool(MAX_FORMS_MB * MEGABYTE, max_bodies)
        self.pace = Pace()
        # In the order in which they began.
        self.unfinished: dict[UploadBody, None] = {}
        self._looking: asyncio.TimerHandle | None = None

    def begin(self, caller: Caller, on_slow: OnSlow, *, is_upload: bool) -> UploadBody | None:
        """Register a body that begins to arrive; None if the limits allow no more."""
        pool = self.uploads if is_upload else self.forms
        path = by_network(caller)
        if not pool.bodies.take(path, 1):
            slowest = self._slowest_of_most(pool, path)
            if slowest is None:
                return None
            slowest.give_up()
            pool.bodies.take_left(path, 1)
        body = UploadBody(self, pool, caller, on_slow, is_upload=is_upload)
        self.unfinished[body] = None
        self._looking = self._looking or asyncio.get_running_loop().call_later(LOOK_SECONDS, self._look)
        return body

    def _slowest_of_most(self, pool: Pool, newcomer: Caller) -> UploadBody | None:
        """The oldest unfinished body of the network, and in it of the caller, that holds most. None if that
        is no more than what the newcomer holds already, or would hold then: two that hold as much would give
        each other's bodies up, again and again."""
        paths = dict.fromkeys(body.path for body in self.unfinished if body.pool is pool)
        path = max(paths, key=pool.bodies.taken, default=None)
        if path is None:
            return None
        level = int(path[0] == newcomer[0])
        most, own = pool.bodies.taken(path)[level], pool.bodies.taken(newcomer)[level]
        if most <= own + (own > 0):
            return None
        return next(body for body in self.unfinished if body.pool is pool and body.path == path)

    def _look(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        for body in [body for body in self.unfinished if body.due < now]:
            body.give_up()
        self._looking = loop.call_later(LOOK_SECONDS, self._look) if self.unfinished else None


_arriving: WeakKeyDictionary[asyncio.AbstractEventLoop, Arriving] = WeakKeyDictionary()


def arriving() -> Arriving:
    """The bodies of the running event loop."""
    loop = asyncio.get_running_loop()
    current = _arriving.get(loop)
    if current is None:
        current = _arriving[loop] = Arriving(settings.IM66.max_bodies_mb * MEGABYTE, _max_bodies())
    return current


def _max_bodies() -> int:
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MAX_BODIES if limit == resource.RLIM_INFINITY else min(MAX_BODIES, limit // PART_OF_DESCRIPTORS)


# Counting may wait for Redis, and the event loop may not.
_thread = ThreadPoolExecutor(1, "unfinished")


def count_unfinished(address: str, amount: int) -> None:
    """Count so many bytes of a body that was cut off, or refused while it arrived, soon: they took their
    share of the network too. They count for the address, because no call tells whose they are."""
    with suppress(RuntimeError):  # the process ends
        _thread.submit(_charge, address, amount)


def _charge(address: str, amount: int) -> None:
    try:
        limits.current().upload_bytes.charge(address, "", amount)
    finally:
        close_old_connections()
