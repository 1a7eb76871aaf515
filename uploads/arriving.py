"""The bodies that a process holds: those that still arrive, and those that wait to be handled.

They are bounded together, in number and in bytes, fairly by who sends them. Each has to come at a least rate,
and all together at a highest, so that whoever chats finds the event loop free.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from weakref import WeakKeyDictionary

from django.conf import settings

from accounts.callers import Caller
from accounts.turns import Turns
from uploads.room import MEGABYTE

# A smaller body is held in memory.
SMALL_BYTES = 100_000

# More unfinished and unhandled bodies than these are not held: each is an open file.
MOST_BODIES = 256
# After the grace, a body must come at so many bytes a second: a quarter of what the slowest links carry that
# anybody still has. Who has sent more may pause, but not for longer than that.
LEAST_RATE = 2048
GRACE_SECONDS = 10.0
PAUSE_SECONDS = 30.0
LOOK_SECONDS = 1.0
# A sender is read so much further when its turn comes, and so many have a turn at once, again and again:
# 128 MB a second in all.
TURN_BYTES = 64 * 1024
TURNS_AT_ONCE = 2
TURN_SECONDS = 0.001


OnSlow = Callable[[], None]


class Shares:
    """Something of which there is so much, and of which anybody may have as much as is left.

    So one alone gets half, two a third each, and there is always something for who comes next. A caller is a
    path: whoever makes up names below one shares what is left to that one.
    """

    def __init__(self, total: int) -> None:
        self._total = total
        self._taken: Counter[Caller] = Counter()

    def take(self, caller: Caller, amount: int) -> bool:
        """Take so much more, or nothing, and say which."""
        left = self._total
        for end in range(1, len(caller) + 1):
            left -= self._taken[caller[: end - 1]] + amount
            if self._taken[caller[:end]] + amount > left:
                return False
        self._add(caller, amount)
        return True

    def give_back(self, caller: Caller, amount: int) -> None:
        self._add(caller, -amount)

    def _add(self, caller: Caller, amount: int) -> None:
        for end in range(len(caller) + 1):
            self._taken[caller[:end]] += amount
            if not self._taken[caller[:end]]:
                del self._taken[caller[:end]]


class Pace:
    """Turns at being read."""

    def __init__(self) -> None:
        self._waiting: Turns[Callable[[], None]] = Turns()
        self._next: asyncio.TimerHandle | None = None

    def wait(self, caller: Caller, go_on: Callable[[], None]) -> None:
        """Call `go_on` when it is the caller's turn."""
        self._waiting.add(caller, go_on)
        self._next = self._next or asyncio.get_running_loop().call_later(TURN_SECONDS, self._go_on)

    def _go_on(self) -> None:
        for _ in range(TURNS_AT_ONCE):
            if self._waiting:
                self._waiting.take()()
        loop = asyncio.get_running_loop()
        self._next = loop.call_later(TURN_SECONDS, self._go_on) if self._waiting else None


class Body:
    """One body, held until `end`. `on_slow` is called if it comes too slowly."""

    def __init__(self, arriving: "Arriving", caller: Caller, now: float, on_slow: OnSlow | None) -> None:
        self.on_slow = on_slow
        # When, by the loop's clock, the next byte must have come.
        self.due = now + GRACE_SECONDS
        self._arriving = arriving
        self._caller = caller
        self._bytes = 0
        self._ended = False

    def grow(self, amount: int) -> bool:
        """Whether so many more bytes may be held."""
        if self._ended or not self._arriving.bytes.take(self._caller, amount):
            return False
        self._bytes += amount
        now = asyncio.get_running_loop().time()
        self.due = min(self.due + amount / LEAST_RATE, now + PAUSE_SECONDS)
        return True

    def is_complete(self) -> None:
        """It is all there: nobody is hurried any more."""
        self._arriving.unfinished.discard(self)

    def end(self) -> None:
        """It is handled, or thrown away."""
        if not self._ended:
            self._ended = True
            self.on_slow = None  # it may hold what holds this
            self._arriving.unfinished.discard(self)
            self._arriving.bytes.give_back(self._caller, self._bytes)
            self._arriving.bodies.give_back(self._caller, 1)


class Arriving:
    """All bodies of an event loop."""

    def __init__(self, most_bytes: int, most_bodies: int = MOST_BODIES) -> None:
        self.bytes = Shares(most_bytes)
        self.bodies = Shares(most_bodies)
        self.pace = Pace()
        self.unfinished: set[Body] = set()
        self._looking: asyncio.TimerHandle | None = None

    def begin(self, caller: Caller, on_slow: OnSlow | None = None) -> Body | None:
        """A body begins to arrive; None if no more are held. Without `on_slow`, somebody else looks at its
        pace."""
        if not self.bodies.take(caller, 1):
            return None
        loop = asyncio.get_running_loop()
        body = Body(self, caller, loop.time(), on_slow)
        if on_slow:
            self.unfinished.add(body)
            self._looking = self._looking or loop.call_later(LOOK_SECONDS, self._look)
        return body

    def _look(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        for body in [body for body in self.unfinished if body.due < now]:
            self.unfinished.discard(body)
            if body.on_slow:
                body.on_slow()
        self._looking = loop.call_later(LOOK_SECONDS, self._look) if self.unfinished else None


_arriving: WeakKeyDictionary[asyncio.AbstractEventLoop, Arriving] = WeakKeyDictionary()


def arriving() -> Arriving:
    """Those of the running event loop."""
    loop = asyncio.get_running_loop()
    found = _arriving.get(loop)
    if found is None:
        found = _arriving[loop] = Arriving(settings.IM66.max_bodies_mb * MEGABYTE)
    return found
