"""Pings that ask clients what has arrived, and the meaning of their pongs.

A ping carries the id of the last log row that was sent before it. A client answers frames in order, so the
pong that echoes the id confirms that the client has read all rows up to it. Nothing else confirms that:
neither other data from the client, nor the fact that its kernel took the bytes.

A client counts as gone if it does not answer although it could: it has the ping and sends nothing at all for
some time, or its kernel takes no byte for some time. On a slow link, a ping waits behind earlier data. While
that data moves, the client is not gone.
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

# How long after a row was sent the client is asked whether it has arrived.
ASK_SECONDS = 1.0
# How long a client may take to answer the last ping before the server ends.
LAST_SECONDS = 1.0
# If a ping is unanswered for longer when a goodbye arrives, the two have not crossed: the client has not read
# the ping.
CROSSING_SECONDS = 0.25
# The least interval of pings and the least time to answer, however short the heartbeat is.
MIN_INTERVAL_SECONDS, MIN_ANSWERING_SECONDS = 2.0, 5.0
# How many pings may be unanswered, and how many rows are remembered with their positions in the stream.
MAX_OPEN_PINGS, MAX_REMEMBERED_ROWS = 512, 1024
# How many bytes may wait for a client in the process, and as many again in the kernel, unsent. A ping waits
# behind them, and if the connection breaks, they are sent again.
MAX_UNSENT_BYTES = 16 * 1024
# How often each socket is polled, how many in one step of the event loop, and the least pause between two
# such steps.
POLL_SECONDS, MAX_PER_STEP, STEP_SECONDS = 1.0, 32, 0.03
# The most time that counts between two polls of a socket. If more passes, the process stalled, not the
# client.
MAX_COUNTED_SECONDS = 2.0


class Wire(Protocol):
    """The part of a server's socket that its pulse uses."""

    @property
    def kernel_socket(self) -> socket.socket | None:
        """The socket; None if it is unknown."""

    @property
    def unsent_bytes(self) -> int:
        """How many bytes wait in this process until the kernel takes them."""

    @property
    def is_reading(self) -> bool:
        """Whether the server reads what the client sends."""

    def send_ping(self, payload: bytes) -> bool:
        """Send a ping after everything that was sent so far. Return False if it is too late for that."""

    def drop(self) -> None:
        """End the connection at once."""


class Timing(NamedTuple):
    """The timeouts of pings, in seconds."""

    # From one ping to the next if nothing is sent.
    interval: float
    # How long a client that has received the ping may neither answer nor send anything.
    max_silence: float
    # How long its kernel may take nothing. If the client reads slowly, its kernel takes nothing for a while,
    # then a lot.
    max_stall: float


def timing_for(heartbeat_seconds: float) -> Timing:
    """Return the timing for an interval of heartbeats."""
    half = max(MIN_ANSWERING_SECONDS, heartbeat_seconds / 2)
    interval = max(MIN_INTERVAL_SECONDS, heartbeat_seconds / 3)
    return Timing(interval=interval, max_silence=half, max_stall=2 * half)


class Pulse:
    """The pings of a socket; implements server.link.Link. Code that writes to the socket adds the number of
    bytes to `written`."""

    __slots__ = (
        "_before_pause",
        "_confirm",
        "_counted",
        "_end",
        "_followed",
        "_is_due",
        "_login",
        "_on_last_answer",
        "_ping_times",
        "_pinged_at",
        "_pinged_bytes",
        "_pings",
        "_polled_at",
        "_rows",
        "_schedule",
        "_waited",
        "_wire",
        "goodbye_id",
        "written",
    )

    def __init__(self, wire: Wire, schedule: "PingSchedule") -> None:
        self.written = 0
        self.goodbye_id: int | None = None
        # The arrived id when the server last paused reading; None while it reads.
        self._before_pause: int | None = None
        self._wire: Wire | None = wire
        self._schedule = schedule
        self._followed: Followed | None = None
        self._confirm: Callable[[int], None] | None = None
        # The number of the login that the pings are about.
        self._login = 0
        # The payloads of the unanswered pings, and when they were sent.
        self._pings: list[bytes] = []
        self._ping_times: list[float] = []
        self._pinged_at = self._polled_at = time.monotonic()
        self._pinged_bytes = 0
        # The rows sent since the last answer: how many bytes were written up to the end of each, and its id.
        self._rows: list[tuple[int, int]] = []
        self._is_due = False
        # Called when the last ping before the end of the server is answered.
        self._on_last_answer: Callable[[], None] | None = None
        # For the unanswered ping: where its bytes end in the kernel's count, the counts at the last poll, and
        # for how long nothing has moved.
        self._end: int | None = None
        self._counted = kernel.ByteCounts(0, 0)
        self._waited = 0.0

    # Called by the session.

    def follow(self, followed: Followed, confirm: Callable[[int], None] | None = None) -> None:
        self._followed = followed
        self._confirm = confirm
        self._login += 1
        self._rows.clear()
        # Everything that the client has sent so far, read or unread, it sent before this login was sent
        # anything.
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
            self._schedule.ping_soon(self)
        elif len(rows) > MAX_REMEMBERED_ROWS:
            del rows[: MAX_REMEMBERED_ROWS // 2]

    def ask(self) -> bool:
        if not self._rows or self._wire is None:
            return False
        self._ping()
        return True

    def arrived_id(self) -> int:
        has_unread = self._pings and time.monotonic() - self._ping_times[0] > CROSSING_SECONDS
        if self._followed is None or has_unread:
            return 0
        waiting = self._waiting_bytes()
        if not waiting:
            return self._followed.complete_id
        arrived_rows = bisect_right(self._rows, self.written - waiting, key=itemgetter(0))
        return self._rows[arrived_rows - 1][1] if arrived_rows else 0

    # Called by the server.

    def start(self) -> None:
        """Begin: the socket is open."""
        self._schedule.add(self)

    def end(self) -> None:
        """End the session, too: the socket is gone."""
        self._schedule.remove(self)
        self._wire = None
        if self._followed:
            self._followed.leave()
        self._finish_last_ping()

    def ask_last(self, on_answer: Callable[[], None]) -> None:
        """Send no more rows, and ask whether those that were sent have arrived, because the server ends.
        `on_answer` is called once, when the client has answered or is gone, or after LAST_SECONDS."""
        if self._followed:
            self._followed.stop_sending()
        if self.goodbye_id is None and self.ask():
            self._on_last_answer = on_answer
            _call_later(LAST_SECONDS, self._finish_last_ping)
        else:
            on_answer()

    def on_pong(self, payload: bytes) -> None:
        """Handle a pong. Unsolicited pongs, and pongs after a goodbye, confirm nothing."""
        if self.goodbye_id is not None:
            return
        try:
            index = self._pings.index(payload)
        except ValueError:
            return
        del self._pings[: index + 1], self._ping_times[: index + 1]
        self._end = None
        login, entry_id = map(int, payload.split(b"."))
        if self._followed and login == self._login:
            del self._rows[: bisect_right(self._rows, entry_id, key=itemgetter(1))]
            if self._confirm:
                self._confirm(entry_id)
        if not self._pings:
            self._finish_last_ping()

    def on_reading_paused(self) -> None:
        """Note that data from the client is read only later from now on."""
        self._before_pause = self.arrived_id()

    def on_reading_resumed(self) -> None:
        """Note that all data that has arrived was read."""
        self._before_pause = None

    def on_goodbye(self) -> None:
        """Handle the client's goodbye. The packet with the goodbye also acknowledges the data that had
        reached the client."""
        if self.goodbye_id is None:
            arrived = self.arrived_id()
            # The goodbye may have waited to be read since reading was paused.
            self.goodbye_id = arrived if self._before_pause is None else min(arrived, self._before_pause)
            if self._followed:
                self._followed.stop_sending()

    # Called by the schedule.

    def ping_if_due(self) -> None:
        """Send a ping, ASK_SECONDS after a row, unless one was sent since."""
        self._is_due = False
        if self.written > self._pinged_bytes:
            self._ping()

    def poll(self, now: float) -> None:
        """Send a ping once per interval; end the connection if its client is gone."""
        elapsed, self._polled_at = min(now - self._polled_at, MAX_COUNTED_SECONDS), now
        if self._pings:
            self._waited = 0.0 if self._has_moved() else self._waited + elapsed
            if self._waited > self._max_wait and self._wire:
                self._wire.drop()
        elif now - self._pinged_at >= self._schedule.timing.interval:
            self._ping()

    def _finish_last_ping(self) -> None:
        on_answer, self._on_last_answer = self._on_last_answer, None
        if on_answer:
            on_answer()

    def _ping(self) -> None:
        if self._wire is None:
            return
        if len(self._pings) < MAX_OPEN_PINGS:
            payload = b"%d.%d" % (self._login, self._followed.sent_id if self._followed else 0)
            if self._wire.send_ping(payload):
                self._pings.append(payload)
                self._ping_times.append(time.monotonic())
        self._pinged_bytes = self.written
        self._pinged_at = time.monotonic()

    @property
    def _max_wait(self) -> float:
        has_ping = self._end is not None and self._counted.acknowledged >= self._end
        return self._schedule.timing.max_silence if has_ping else self._schedule.timing.max_stall

    def _has_moved(self) -> bool:
        """Return whether the client showed a sign of life since the last poll, or none is due."""
        before, self._counted = self._counted, self._count()
        if self._end is None:
            self._end = self._counted.acknowledged + self._waiting_bytes()
            return True
        if self._counted.acknowledged < self._end:
            return self._counted.acknowledged != before.acknowledged
        is_reading = self._wire is not None and self._wire.is_reading
        return not is_reading or self._counted.received != before.received

    def _count(self) -> kernel.ByteCounts:
        connection = self._wire.kernel_socket if self._wire else None
        counts = kernel.byte_counts(connection) if connection else None
        if counts is None:
            # Count the waiting bytes as negative, so that 0 means that all are acknowledged.
            received = kernel.unread_bytes(connection) if connection else None
            counts = kernel.ByteCounts(-self._waiting_bytes(), received or 0)
        return counts

    def _waiting_bytes(self) -> int:
        """Return how many bytes the client's kernel has not acknowledged, as far as that is known."""
        if self._wire is None:
            return self.written
        connection = self._wire.kernel_socket
        in_kernel = kernel.unacknowledged_bytes(connection) if connection else None
        return self._wire.unsent_bytes + (in_kernel or 0)


class PingSchedule:
    """Polls all sockets of an event loop, a few at a time. Otherwise clients that connected at the same time,
    as all do after a restart, would be pinged and answer at the same time."""

    def __init__(self, timing: Timing) -> None:
        self.timing = timing
        self._pulses: set[Pulse] = set()
        self._is_polling = False
        # When each ping is due, and of which pulse.
        self._due_pings: deque[tuple[float, Pulse]] = deque()

    def add(self, pulse: Pulse) -> None:
        self._pulses.add(pulse)
        if not self._is_polling:
            self._is_polling = True
            _call_later(POLL_SECONDS, self._begin_round)

    def remove(self, pulse: Pulse) -> None:
        self._pulses.discard(pulse)

    def ping_soon(self, pulse: Pulse) -> None:
        self._due_pings.append((time.monotonic() + ASK_SECONDS, pulse))
        if len(self._due_pings) == 1:
            _call_later(ASK_SECONDS, self._send_due_pings)

    def _send_due_pings(self) -> None:
        now = time.monotonic()
        for _ in range(MAX_PER_STEP):
            if not self._due_pings or self._due_pings[0][0] > now:
                break
            self._due_pings.popleft()[1].ping_if_due()
        if self._due_pings:
            _call_later(max(STEP_SECONDS, self._due_pings[0][0] - now), self._send_due_pings)

    def _begin_round(self) -> None:
        if self._pulses:
            self._poll_next(deque(self._pulses))
        else:
            self._is_polling = False

    def _poll_next(self, left: "deque[Pulse]") -> None:
        pause = POLL_SECONDS * MAX_PER_STEP / max(len(self._pulses), MAX_PER_STEP)
        now = time.monotonic()
        for _ in range(min(len(left), MAX_PER_STEP)):
            pulse = left.popleft()
            if pulse in self._pulses:
                pulse.poll(now)
        if left:
            _call_later(pause, self._poll_next, left)
        else:
            _call_later(pause, self._begin_round)


def _call_later(seconds: float, call: Callable[..., None], *arguments: object) -> None:
    asyncio.get_running_loop().call_later(seconds, call, *arguments)


_schedules: WeakKeyDictionary[asyncio.AbstractEventLoop, PingSchedule] = WeakKeyDictionary()


def ping_schedule(heartbeat_seconds: float) -> PingSchedule:
    """Return the ping schedule of the running loop."""
    loop = asyncio.get_running_loop()
    schedule = _schedules.get(loop)
    if schedule is None:
        schedule = _schedules[loop] = PingSchedule(timing_for(heartbeat_seconds))
    return schedule
