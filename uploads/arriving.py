"""The request bodies that a process holds: those still arriving, and those waiting to be handled.

The number of bodies and of their bytes is limited. Both limits are shared fairly among the senders, and among
the senders' networks. Uploads and forms have separate limits, so that neither uses up the other's. Each body
must arrive at a minimum rate. All bodies together are read at a maximum rate, so that the event loop stays
free for chat.
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

# The maximum number of bodies held of each kind (uploads, forms). Each body is an open file, so the number is
# also limited to the process's file descriptor limit divided by DESCRIPTORS_PER_BODY.
MAX_BODIES, DESCRIPTORS_PER_BODY = 256, 8
# A form must arrive within FORM_SECONDS, plus one second for every FORM_BYTES_PER_SECOND bytes: forms that
# staff send to the admin may hold files.
FORM_SECONDS = 15.0
FORM_BYTES_PER_SECOND = 16 * 1024
MAX_FORMS_MB = 64
# After the grace period, an upload must arrive at this many bytes per second: a quarter of what the slowest
# links still in use carry. A sender that is ahead of this rate may pause, but not for longer than
# PAUSE_SECONDS.
MIN_BYTES_PER_SECOND = 2048
GRACE_SECONDS = 10.0
PAUSE_SECONDS = 30.0
CHECK_SECONDS = 1.0
# When a sender's turn comes, this many bytes are read from it. A sender has a turn every TURN_SECONDS: 32 MB
# a second in all. At four times as many, reading took all of the event loop's time, and pictures waited.
TURN_BYTES = 64 * 1024
TURN_SECONDS = 0.002


OnSlow = Callable[[], None]


class SharedLimit:
    """A limited amount, shared by callers. Each caller may hold at most as much as is still free.

    So a single caller gets half, two get a third each, and something is always free for the next caller. A
    caller is a path, such as a network and an address: all callers below one path together hold no more than
    a single caller could.
    """

    def __init__(self, total: int) -> None:
        self._total = total
        self._taken: Counter[Caller] = Counter()

    def take(self, caller: Caller, amount: int) -> bool:
        """Take the whole amount if it is available. Return whether it was taken."""
        left = self._total
        for end in range(1, len(caller) + 1):
            left -= self._taken[caller[: end - 1]] + amount
            if self._taken[caller[:end]] + amount > left:
                return False
        self._add(caller, amount)
        return True

    def take_released(self, caller: Caller, amount: int) -> None:
        """Take an amount that another caller has just released, without checking the limit."""
        self._add(caller, amount)

    def release(self, caller: Caller, amount: int) -> None:
        self._add(caller, -amount)

    def taken_by(self, caller: Caller) -> tuple[int, int]:
        """Return the amount held below the first part of the path, and the amount the caller itself holds."""
        return self._taken[caller[:1]], self._taken[caller]

    def _add(self, caller: Caller, amount: int) -> None:
        for end in range(len(caller) + 1):
            self._taken[caller[:end]] += amount
            if not self._taken[caller[:end]]:
                del self._taken[caller[:end]]


class ReadPacer:
    """Schedules reading: callers take turns, one every TURN_SECONDS."""

    def __init__(self) -> None:
        self._waiting: Turns[Callable[[], None]] = Turns()
        self._next: asyncio.TimerHandle | None = None

    def schedule(self, caller: Caller, read: Callable[[], None]) -> None:
        """Call `read` when it is the caller's turn."""
        self._waiting.add(caller, read)
        self._next = self._next or asyncio.get_running_loop().call_later(TURN_SECONDS, self._run_next)

    def _run_next(self) -> None:
        if self._waiting:
            self._waiting.take()()
        loop = asyncio.get_running_loop()
        self._next = loop.call_later(TURN_SECONDS, self._run_next) if self._waiting else None


class BodyPool:
    """The limits for one kind of bodies: their number, shared by networks and callers, and their bytes,
    shared by callers."""

    def __init__(self, max_bytes: int, max_bodies: int) -> None:
        self.bytes = SharedLimit(max_bytes)
        self.bodies = SharedLimit(max_bodies)


class UploadBody:
    """One body, held until `end` is called.

    The body is abandoned if it arrives too slowly, or if another caller needs its place and it is the oldest
    body of the caller that holds most. Then `on_slow` is called, `is_abandoned` becomes true, and the body's
    share of the limits is released.
    """

    is_abandoned = False

    def __init__(
        self, arriving: "Arriving", pool: BodyPool, caller: Caller, on_slow: OnSlow, *, is_upload: bool
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
        """Reserve `amount` more bytes and extend the deadline. Return whether the limits allow them."""
        if self._ended or not self.pool.bytes.take(self._caller, amount):
            return False
        self._bytes += amount
        if self._is_upload:
            now = asyncio.get_running_loop().time()
            self.due = min(self.due + amount / MIN_BYTES_PER_SECOND, now + PAUSE_SECONDS)
        else:
            self.due += amount / FORM_BYTES_PER_SECOND
        return True

    def is_complete(self) -> None:
        """Mark the body as complete. Its pace is no longer checked, and its handler counts its bytes."""
        self._is_complete = True
        self._arriving.unfinished.pop(self, None)

    def end(self) -> None:
        """Release the body's share of the limits, after it was handled or discarded."""
        if not self._ended:
            self._ended = True
            self.on_slow = None  # the callback may refer to an object that refers to this body
            self._arriving.unfinished.pop(self, None)
            self.pool.bytes.release(self._caller, self._bytes)
            self.pool.bodies.release(self.path, 1)
            if self._bytes and not self._is_complete:
                charge_unfinished(self._caller[0], self._bytes)

    def abandon(self) -> None:
        """Refuse the rest of the body."""
        self.is_abandoned = True
        self._arriving.unfinished.pop(self, None)
        if on_slow := self.on_slow:
            on_slow()
        self.end()


class Arriving:
    """All bodies that an event loop holds."""

    def __init__(self, max_bytes: int, max_bodies: int = MAX_BODIES) -> None:
        self.uploads = BodyPool(max_bytes, max_bodies)
        self.forms = BodyPool(MAX_FORMS_MB * MEGABYTE, max_bodies)
        self.pacer = ReadPacer()
        # In the order in which they began to arrive.
        self.unfinished: dict[UploadBody, None] = {}
        self._next_check: asyncio.TimerHandle | None = None

    def begin(self, caller: Caller, on_slow: OnSlow, *, is_upload: bool) -> UploadBody | None:
        """Register a body that begins to arrive. Return None if the limits allow no more bodies."""
        pool = self.uploads if is_upload else self.forms
        path = by_network(caller)
        if not pool.bodies.take(path, 1):
            oldest = self._oldest_of_largest_holder(pool, path)
            if oldest is None:
                return None
            oldest.abandon()
            pool.bodies.take_released(path, 1)
        body = UploadBody(self, pool, caller, on_slow, is_upload=is_upload)
        self.unfinished[body] = None
        self._next_check = self._next_check or asyncio.get_running_loop().call_later(
            CHECK_SECONDS, self._abandon_overdue
        )
        return body

    def _oldest_of_largest_holder(self, pool: BodyPool, newcomer: Caller) -> UploadBody | None:
        """Return the oldest unfinished body of the caller that holds most, in the network that holds most.

        Return None if that caller holds no more than the newcomer holds or would then hold. Otherwise two
        callers with equally many bodies would evict each other's bodies again and again.
        """
        paths = dict.fromkeys(body.path for body in self.unfinished if body.pool is pool)
        path = max(paths, key=pool.bodies.taken_by, default=None)
        if path is None:
            return None
        level = int(path[0] == newcomer[0])
        most, own = pool.bodies.taken_by(path)[level], pool.bodies.taken_by(newcomer)[level]
        if most <= own + (own > 0):
            return None
        return next(body for body in self.unfinished if body.pool is pool and body.path == path)

    def _abandon_overdue(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        for body in [body for body in self.unfinished if body.due < now]:
            body.abandon()
        self._next_check = loop.call_later(CHECK_SECONDS, self._abandon_overdue) if self.unfinished else None


_arriving: WeakKeyDictionary[asyncio.AbstractEventLoop, Arriving] = WeakKeyDictionary()


def arriving() -> Arriving:
    """Return the bodies of the running event loop."""
    loop = asyncio.get_running_loop()
    current = _arriving.get(loop)
    if current is None:
        current = _arriving[loop] = Arriving(settings.IM66.max_bodies_mb * MEGABYTE, _max_bodies())
    return current


def _max_bodies() -> int:
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MAX_BODIES if limit == resource.RLIM_INFINITY else min(MAX_BODIES, limit // DESCRIPTORS_PER_BODY)


# Counting may wait for Redis, and the event loop may not.
_executor = ThreadPoolExecutor(1, "unfinished")


def charge_unfinished(address: str, amount: int) -> None:
    """Charge the bytes of an incomplete body to the upload limit of its address, in the background.

    These bytes took bandwidth too. The account is unknown, because the request was never handled.
    """
    with suppress(RuntimeError):  # the process ends
        _executor.submit(_charge, address, amount)


def _charge(address: str, amount: int) -> None:
    try:
        limits.current().upload_bytes.charge(address, "", amount)
    finally:
        close_old_connections()
