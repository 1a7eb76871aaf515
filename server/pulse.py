"""Pings that ask whether what was sent has arrived, and what their answers say.

A ping carries the id of the row of the log that was sent last before it. A client answers frames in their
order, so the pong that echoes it says that all rows up to that id were read. Nothing else says so: neither
what the client sends of its own, nor that its kernel took the bytes.

A client is gone when it does not answer though it could: when it has the ping and sends nothing at all for a
while, or when its kernel takes no byte for as long. On a slow link a ping waits behind what was sent before,
and as long as that moves nobody is gone.
"""

import asyncio
import socket
import time
from bisect import bisect_right
from collections import deque
from collections.abc import Callable
from operator import itemgetter
from typing import NamedTuple, Protocol
from weakref import WeakKeyDictionary

from server import kernel
from server.link import Followed

# So many seconds after something was sent, the client is asked what became of it.
ASK_SECONDS = 1.0
# A question that is open for so long did not just cross a goodbye: whoever says that has not read it.
CROSSING_SECONDS = 0.25
# So many questions may be open, and so many rows may be remembered by where they stand in the stream.
OPEN_QUESTIONS, REMEMBERED_ROWS = 512, 1024
# So much may wait for a client in the process, and so much again in the kernel, unsent: a ping waits behind
# it, and what was sent in vain is sent again.
UNSENT_BYTES = 16 * 1024
# How often each socket is looked at, how many in one step of the event loop, and how long such a step waits
# for more that are due.
LOOK_SECONDS, AT_ONCE, STEP_SECONDS = 1.0, 32, 0.03
# More time cannot pass between two looks at a socket. If it does, the process stood still, not the client.
LONGEST_LOOK_SECONDS = 2.0


class Wire(Protocol):
    """A server's socket as its pulse sees it."""

    @property
    def kernel_socket(self) -> socket.socket | None:
        """None if it is not known."""

    @property
    def unsent_bytes(self) -> int:
        """What waits in this process to be given to the kernel."""

    @property
    def is_reading(self) -> bool:
        """Whether what the client sends is taken in."""

    def send_ping(self, payload: bytes) -> bool:
        """Send it after everything that was sent so far. False if it is too late for that."""

    def drop(self) -> None:
        """End the connection at once."""


class Timing(NamedTuple):
    """In seconds."""

    # From one ping to the next if nothing is sent.
    interval: float
    # How long a client that has the ping may neither answer nor send anything.
    answering: float
    # How long its kernel may take nothing. A kernel whose reader is slow takes a lot, after a while.
    taking: float


def timing(heartbeat_seconds: float) -> Timing:
    """What goes with a heartbeat."""
    half = max(5.0, heartbeat_seconds / 2)
    return Timing(interval=max(2.0, heartbeat_seconds / 3), answering=half, taking=2 * half)


class Pulse:
    """One socket's; a server.link.Link. Whoever writes to the socket adds to `written` how many bytes."""

    __slots__ = (
        "_asked",
        "_asked_at",
        "_asked_bytes",
        "_asked_times",
        "_before_pause",
        "_counted",
        "_end",
        "_followed",
        "_is_due",
        "_login",
        "_looked_at",
        "_rounds",
        "_rows",
        "_waited",
        "_wire",
        "goodbye_id",
        "written",
    )

    def __init__(self, wire: Wire, rounds: "Rounds") -> None:
        self.written = 0
        self.goodbye_id: int | None = None
        # What had arrived when the server last stopped reading; None while it reads.
        self._before_pause: int | None = None
        self._wire: Wire | None = wire
        self._rounds = rounds
        self._followed: Followed | None = None
        # Which login the questions are about.
        self._login = 0
        # The payloads of the pings that were not answered yet, and when they were sent.
        self._asked: list[bytes] = []
        self._asked_times: list[float] = []
        self._asked_at = self._looked_at = time.monotonic()
        self._asked_bytes = 0
        # Since the last answer: what was written up to the end of a row, and its id.
        self._rows: list[tuple[int, int]] = []
        self._is_due = False
        # Of the question that is open: where in the kernel's count its bytes end, the counts at the last
        # look, and for how long nothing has moved.
        self._end: int | None = None
        self._counted = kernel.Counts(0, 0)
        self._waited = 0.0

    # What the session does.

    def follow(self, followed: Followed) -> None:
        self._followed = followed
        self._login += 1
        self._rows.clear()
        # What was said, or stands unread, was said before anything was sent to this one.
        if self.goodbye_id is not None:
            self.goodbye_id = 0
        if self._before_pause is not None:
            self._before_pause = 0

    def unfollow(self) -> None:
        self._followed = None

    def sent(self, entry_id: int) -> None:
        rows = self._rows
        rows.append((self.written, entry_id))
        if not self._is_due:
            self._is_due = True
            self._rounds.ask_soon(self)
        elif len(rows) > REMEMBERED_ROWS:
            del rows[: REMEMBERED_ROWS // 2]

    def arrived_id(self) -> int:
        has_unread = self._asked and time.monotonic() - self._asked_times[0] > CROSSING_SECONDS
        if self._followed is None or has_unread:
            return 0
        waiting = self._waiting_bytes()
        if not waiting:
            return self._followed.complete_id
        place = bisect_right(self._rows, self.written - waiting, key=itemgetter(0))
        return self._rows[place - 1][1] if place else 0

    # What the server does.

    def start(self) -> None:
        """The socket is open."""
        self._rounds.add(self)

    def end(self) -> None:
        """The socket is gone."""
        self._rounds.remove(self)
        self._wire = None
        if self._followed:
            self._followed.leave()

    def answered(self, payload: bytes) -> None:
        """A pong has come. One that nobody asked for says nothing, nor does one after a goodbye."""
        if self.goodbye_id is not None:
            return
        try:
            place = self._asked.index(payload)
        except ValueError:
            return
        del self._asked[: place + 1], self._asked_times[: place + 1]
        self._end = None
        login, entry_id = map(int, payload.split(b"."))
        if self._followed and login == self._login:
            del self._rows[: bisect_right(self._rows, entry_id, key=itemgetter(1))]
            self._followed.confirm(entry_id)

    def reading_stops(self) -> None:
        """What the client says from here on is read later."""
        self._before_pause = self.arrived_id()

    def reading_goes_on(self) -> None:
        """All that has come was read."""
        self._before_pause = None

    def hear_goodbye(self) -> None:
        """The client says goodbye. What it had got when it did, the packet that says so tells."""
        if self.goodbye_id is None:
            arrived = self.arrived_id()
            # It may have waited here to be read for as long as that.
            self.goodbye_id = arrived if self._before_pause is None else min(arrived, self._before_pause)
            if self._followed:
                self._followed.hush()

    # What the rounds do.

    def ask_if_due(self) -> None:
        """Ask what became of that which was sent a second ago."""
        self._is_due = False
        if self.written > self._asked_bytes:
            self._ask()

    def look(self, now: float) -> None:
        """Ask once in an interval; end the connection if its client is gone."""
        elapsed, self._looked_at = min(now - self._looked_at, LONGEST_LOOK_SECONDS), now
        if self._asked:
            self._waited = 0.0 if self._has_moved() else self._waited + elapsed
            if self._waited > self._patience and self._wire:
                self._wire.drop()
        elif now - self._asked_at >= self._rounds.timing.interval:
            self._ask()

    def _ask(self) -> None:
        if self._wire is None:
            return
        if len(self._asked) < OPEN_QUESTIONS:
            payload = b"%d.%d" % (self._login, self._followed.sent_id if self._followed else 0)
            if self._wire.send_ping(payload):
                self._asked.append(payload)
                self._asked_times.append(time.monotonic())
        self._asked_bytes = self.written
        self._asked_at = time.monotonic()

    @property
    def _patience(self) -> float:
        is_taken = self._end is not None and self._counted.acknowledged >= self._end
        return self._rounds.timing.answering if is_taken else self._rounds.timing.taking

    def _has_moved(self) -> bool:
        """Whether the client gave a sign of life since the last look, as far as one is due."""
        before, self._counted = self._counted, self._count()
        if self._end is None:
            self._end = self._counted.acknowledged + self._waiting_bytes()
            return True
        if self._counted.acknowledged < self._end:
            return self._counted.acknowledged != before.acknowledged
        is_reading = self._wire is not None and self._wire.is_reading
        return not is_reading or self._counted.received != before.received

    def _count(self) -> kernel.Counts:
        connection = self._wire.kernel_socket if self._wire else None
        found = kernel.counts(connection) if connection else None
        if found is None:
            # What is left to be taken, as if the count ended at 0.
            received = kernel.unread(connection) if connection else None
            found = kernel.Counts(-self._waiting_bytes(), received or 0)
        return found

    def _waiting_bytes(self) -> int:
        """How many bytes the client's kernel has not acknowledged, as far as is known."""
        if self._wire is None:
            return self.written
        connection = self._wire.kernel_socket
        in_kernel = kernel.unacknowledged(connection) if connection else None
        return self._wire.unsent_bytes + (in_kernel or 0)


class Rounds:
    """Looks at all sockets of an event loop, a few at a time: those who came at once, as all do after a
    restart, would be due at once, and answer."""

    def __init__(self, its_timing: Timing) -> None:
        self.timing = its_timing
        self._pulses: set[Pulse] = set()
        self._is_walking = False
        # When somebody was sent something, and who.
        self._to_ask: deque[tuple[float, Pulse]] = deque()

    def add(self, pulse: Pulse) -> None:
        self._pulses.add(pulse)
        if not self._is_walking:
            self._is_walking = True
            _call_later(LOOK_SECONDS, self._begin)

    def remove(self, pulse: Pulse) -> None:
        self._pulses.discard(pulse)

    def ask_soon(self, pulse: Pulse) -> None:
        self._to_ask.append((time.monotonic() + ASK_SECONDS, pulse))
        if len(self._to_ask) == 1:
            _call_later(ASK_SECONDS, self._ask)

    def _ask(self) -> None:
        now = time.monotonic()
        for _ in range(AT_ONCE):
            if not self._to_ask or self._to_ask[0][0] > now:
                break
            self._to_ask.popleft()[1].ask_if_due()
        if self._to_ask:
            _call_later(max(STEP_SECONDS, self._to_ask[0][0] - now), self._ask)

    def _begin(self) -> None:
        if self._pulses:
            self._look_at(deque(self._pulses))
        else:
            self._is_walking = False

    def _look_at(self, left: "deque[Pulse]") -> None:
        pause = LOOK_SECONDS * AT_ONCE / max(len(self._pulses), AT_ONCE)
        now = time.monotonic()
        for _ in range(min(len(left), AT_ONCE)):
            pulse = left.popleft()
            if pulse in self._pulses:
                pulse.look(now)
        if left:
            _call_later(pause, self._look_at, left)
        else:
            _call_later(pause, self._begin)


def _call_later(seconds: float, call: Callable[..., None], *arguments: object) -> None:
    asyncio.get_running_loop().call_later(seconds, call, *arguments)


_rounds: WeakKeyDictionary[asyncio.AbstractEventLoop, Rounds] = WeakKeyDictionary()


def rounds_here(heartbeat_seconds: float) -> Rounds:
    """Those of the running loop."""
    loop = asyncio.get_running_loop()
    found = _rounds.get(loop)
    if found is None:
        found = _rounds[loop] = Rounds(timing(heartbeat_seconds))
    return found
