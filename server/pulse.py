"""Pings that ask whether what was sent has arrived, and what their answers mean.

A ping carries the id of the log row that was sent last before it. A client answers frames in order, so the
pong that echoes the id confirms that the client has read all rows up to it. Nothing else confirms that:
neither other data from the client, nor the fact that its kernel took the bytes.

A client is gone if it does not answer although it could: it has the ping and sends nothing at all for some
time, or its kernel takes no byte for some time. On a slow link a ping waits behind what was sent before.
While those bytes move, the client is not gone.
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

# This many seconds after something was sent, the client is asked whether it has arrived.
ASK_SECONDS = 1.0
# How long a client may take to answer the last ping before the server ends.
LAST_SECONDS = 1.0
# A ping without an answer for this long did not just cross a goodbye: a client that says goodbye then has not
# read the ping.
CROSSING_SECONDS = 0.25
# However short the heartbeat is, pings come no faster, and a client has so long to answer.
MIN_INTERVAL_SECONDS, MIN_ANSWERING_SECONDS = 2.0, 5.0
# How many pings may be unanswered, and how many rows are remembered with their positions in the stream.
OPEN_QUESTIONS, REMEMBERED_ROWS = 512, 1024
# How many bytes may wait for a client in the process, and as many again in the kernel, unsent. A ping waits
# behind them, and if the connection breaks, they are sent again.
UNSENT_BYTES = 16 * 1024
# How often each socket is looked at, how many in one step of the event loop, and how long such a step waits
# for more that are due.
LOOK_SECONDS, AT_ONCE, STEP_SECONDS = 1.0, 32, 0.03
# The most time that counts between two looks at a socket. If more passes, the process stalled, not the
# client.
LONGEST_LOOK_SECONDS = 2.0


class Wire(Protocol):
    """A server's socket, as its pulse sees it."""

    @property
    def kernel_socket(self) -> socket.socket | None:
        """None if it is unknown."""

    @property
    def unsent_bytes(self) -> int:
        """How many bytes wait in this process for the kernel to take them."""

    @property
    def is_reading(self) -> bool:
        """Whether the server reads what the client sends."""

    def send_ping(self, payload: bytes) -> bool:
        """Send a ping after everything that was sent so far. False if it is too late for that."""

    def drop(self) -> None:
        """End the connection at once."""


class Timing(NamedTuple):
    """In seconds."""

    # From one ping to the next if nothing is sent.
    interval: float
    # How long a client that has the ping may neither answer nor send anything.
    answering: float
    # How long its kernel may take nothing. If the client reads slowly, its kernel takes nothing for a while,
    # then a lot.
    taking: float


def timing(heartbeat_seconds: float) -> Timing:
    """The timing for a heartbeat."""
    half = max(MIN_ANSWERING_SECONDS, heartbeat_seconds / 2)
    interval = max(MIN_INTERVAL_SECONDS, heartbeat_seconds / 3)
    return Timing(interval=interval, answering=half, taking=2 * half)


class Pulse:
    """The pulse of one socket; a server.link.Link. Code that writes to the socket adds the number of bytes to
    `written`."""

    __slots__ = (
        "_before_pause",
        "_confirm",
        "_counted",
        "_end",
        "_followed",
        "_is_due",
        "_login",
        "_looked_at",
        "_ping_times",
        "_pinged_at",
        "_pinged_bytes",
        "_pings",
        "_rounds",
        "_rows",
        "_then",
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
        self._confirm: Callable[[int], None] | None = None
        # The number of the login that the pings are about.
        self._login = 0
        # The payloads of the pings that are not answered yet, and when they were sent.
        self._pings: list[bytes] = []
        self._ping_times: list[float] = []
        self._pinged_at = self._looked_at = time.monotonic()
        self._pinged_bytes = 0
        # Since the last answer: how many bytes were written up to the end of a row, and the row's id.
        self._rows: list[tuple[int, int]] = []
        self._is_due = False
        # What waits for the answer to the last ping.
        self._then: Callable[[], None] | None = None
        # Of the unanswered ping: where its bytes end in the kernel's count, the counts at the last look, and
        # how long nothing has moved.
        self._end: int | None = None
        self._counted = kernel.Counts(0, 0)
        self._waited = 0.0

    # Called by the session.

    def follow(self, followed: Followed, confirm: Callable[[int], None] | None = None) -> None:
        self._followed = followed
        self._confirm = confirm
        self._login += 1
        self._rows.clear()
        # Everything that the client has said so far, read or unread, it said before anything was sent to this
        # login.
        if self.goodbye_id is not None:
            self.goodbye_id = 0
        if self._before_pause is not None:
            self._before_pause = 0

    def unfollow(self) -> None:
        self._followed = self._confirm = None

    def sent(self, entry_id: int) -> None:
        rows = self._rows
        rows.append((self.written, entry_id))
        if not self._is_due:
            self._is_due = True
            self._rounds.ask_soon(self)
        elif len(rows) > REMEMBERED_ROWS:
            del rows[: REMEMBERED_ROWS // 2]

    def ask(self) -> bool:
        if not self._rows or self._wire is None:
            return False
        self._ask()
        return True

    def arrived_id(self) -> int:
        has_unread = self._pings and time.monotonic() - self._ping_times[0] > CROSSING_SECONDS
        if self._followed is None or has_unread:
            return 0
        waiting = self._waiting_bytes()
        if not waiting:
            return self._followed.complete_id
        place = bisect_right(self._rows, self.written - waiting, key=itemgetter(0))
        return self._rows[place - 1][1] if place else 0

    # Called by the server.

    def start(self) -> None:
        """The socket is open."""
        self._rounds.add(self)

    def end(self) -> None:
        """The socket is gone."""
        self._rounds.remove(self)
        self._wire = None
        if self._followed:
            self._followed.leave()
        self._go_on()

    def ask_last(self, then: Callable[[], None]) -> None:
        """The server ends: send no more rows, and ask whether those that were sent have arrived. `then` is
        called once, when the client has answered or is gone, at the latest after LAST_SECONDS."""
        if self._followed:
            self._followed.stop_sending()
        if self.goodbye_id is None and self.ask():
            self._then = then
            _call_later(LAST_SECONDS, self._go_on)
        else:
            then()

    def answered(self, payload: bytes) -> None:
        """A pong has come. A pong that no ping asked for says nothing, and so does one after a goodbye."""
        if self.goodbye_id is not None:
            return
        try:
            place = self._pings.index(payload)
        except ValueError:
            return
        del self._pings[: place + 1], self._ping_times[: place + 1]
        self._end = None
        login, entry_id = map(int, payload.split(b"."))
        if self._followed and login == self._login:
            del self._rows[: bisect_right(self._rows, entry_id, key=itemgetter(1))]
            if self._confirm:
                self._confirm(entry_id)
        if not self._pings:
            self._go_on()

    def reading_stops(self) -> None:
        """What the client sends from now on is read later."""
        self._before_pause = self.arrived_id()

    def reading_goes_on(self) -> None:
        """Everything that has come was read."""
        self._before_pause = None

    def on_goodbye(self) -> None:
        """The client says goodbye. The packet that brings the goodbye also acknowledges what had reached the
        client."""
        if self.goodbye_id is None:
            arrived = self.arrived_id()
            # The goodbye may have waited to be read since the server stopped reading.
            self.goodbye_id = arrived if self._before_pause is None else min(arrived, self._before_pause)
            if self._followed:
                self._followed.stop_sending()

    # Called by the rounds.

    def ask_if_due(self) -> None:
        """Ask whether what was sent a second ago has arrived."""
        self._is_due = False
        if self.written > self._pinged_bytes:
            self._ask()

    def poll(self, now: float) -> None:
        """Ask once in an interval; end the connection if its client is gone."""
        elapsed, self._looked_at = min(now - self._looked_at, LONGEST_LOOK_SECONDS), now
        if self._pings:
            self._waited = 0.0 if self._has_moved() else self._waited + elapsed
            if self._waited > self._patience and self._wire:
                self._wire.drop()
        elif now - self._pinged_at >= self._rounds.timing.interval:
            self._ask()

    def _go_on(self) -> None:
        then, self._then = self._then, None
        if then:
            then()

    def _ask(self) -> None:
        if self._wire is None:
            return
        if len(self._pings) < OPEN_QUESTIONS:
            payload = b"%d.%d" % (self._login, self._followed.sent_id if self._followed else 0)
            if self._wire.send_ping(payload):
                self._pings.append(payload)
                self._ping_times.append(time.monotonic())
        self._pinged_bytes = self.written
        self._pinged_at = time.monotonic()

    @property
    def _patience(self) -> float:
        is_taken = self._end is not None and self._counted.acknowledged >= self._end
        return self._rounds.timing.answering if is_taken else self._rounds.timing.taking

    def _has_moved(self) -> bool:
        """Whether the client gave a sign of life since the last look, or none is due."""
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
        counts = kernel.counts(connection) if connection else None
        if counts is None:
            # The bytes that are left to be taken, as if the count ended at 0.
            received = kernel.unread(connection) if connection else None
            counts = kernel.Counts(-self._waiting_bytes(), received or 0)
        return counts

    def _waiting_bytes(self) -> int:
        """How many bytes the client's kernel has not acknowledged, as far as is known."""
        if self._wire is None:
            return self.written
        connection = self._wire.kernel_socket
        in_kernel = kernel.unacknowledged(connection) if connection else None
        return self._wire.unsent_bytes + (in_kernel or 0)


class Rounds:
    """Looks at all sockets of an event loop, a few at a time. Otherwise clients that came at the same time,
    as all do after a restart, would be due and answer at the same time."""

    def __init__(self, its_timing: Timing) -> None:
        self.timing = its_timing
        self._pulses: set[Pulse] = set()
        self._is_walking = False
        # When to ask, and which pulse.
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
                pulse.poll(now)
        if left:
            _call_later(pause, self._look_at, left)
        else:
            _call_later(pause, self._begin)


def _call_later(seconds: float, call: Callable[..., None], *arguments: object) -> None:
    asyncio.get_running_loop().call_later(seconds, call, *arguments)


_rounds: WeakKeyDictionary[asyncio.AbstractEventLoop, Rounds] = WeakKeyDictionary()


def rounds_here(heartbeat_seconds: float) -> Rounds:
    """The rounds of the running loop."""
    loop = asyncio.get_running_loop()
    rounds = _rounds.get(loop)
    if rounds is None:
        rounds = _rounds[loop] = Rounds(timing(heartbeat_seconds))
    return rounds
