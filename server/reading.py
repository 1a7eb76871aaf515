"""How far a socket is read, under any server. Reading pauses while earlier messages of the client are not
handled, while the client does not take the answers, and while it is the turn of other sockets.

Control frames are read while messages wait, so that a pong is seen however long the database takes. What the
feed has to deliver pauses nothing here: only a client's own frames and the answers to them do.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import copy_context
from functools import partial
from sys import getsizeof
from typing import Any

from server.arrivals import large_pieces
from server.messages import Messages, Passed, Sign, Taken, pong_alone, text_alone
from server.pulse import Pulse
from server.sockets import REST, Listener, Rest

# If a message has more bytes, it is not read to its end: the connection ends.
LARGEST_MESSAGE = 16 * 1024 * 1024
# The longest message before a login.
STRANGERS_MESSAGE = 64 * 1024
# With this many unhandled messages, or bytes of them, no further message is begun on a socket until the lower
# number is left.
UNHANDLED_HIGH, UNHANDLED_LOW = 64, 16
UNHANDLED_BYTES_HIGH, UNHANDLED_BYTES_LOW = 256 * 1024, 64 * 1024
# A client that does not take what it is sent gets no more than this in pongs, and is not read.
ANSWER_BYTES = 4 * 1024
# How many messages or fragments of one socket are read before it is the turn of others. What the library
# reads counts as several.
TURN, LIBRARY_COST = 64, 8
# Control frames, fragments, and what is answered by an error are read at this rate, after this many at once.
CHARGES_A_SECOND, CHARGES_AT_ONCE = 1000, 500
REST_SECONDS = 0.02
# What is more at once, and pieces of what has begun to arrive, are looked at in turns with those of other
# sockets. A smaller piece costs as much as one of the least bytes: to read it takes time too.
MUCH_BYTES, LEAST_BYTES = 16 * 1024, 8 * 1024
# Messages that are handled in a row, before other tasks run.
HANDLED_IN_A_ROW = 8


class Reading:
    """A mixin for a server's socket. The socket calls `begin_reading` before all else, `read` with what
    arrives, `next_message` for the application, and `take_answers` when the client takes what it is sent."""

    # Slots, because the server's own attributes fill a dict of their own: with these it would have to be
    # twice as large.
    __slots__ = (
        "_answer_bytes",
        "_credit",
        "_credited_at",
        "_in_a_row",
        "_in_hand",
        "_is_admitted",
        "_is_in_line",
        "_is_paused",
        "_is_stopped",
        "_listener",
        "_messages",
        "_rests",
        "_turn",
        "_unhandled",
        "_unhandled_bytes",
        "_waits_for_handling",
        "_waits_for_taking",
        "pulse",
        "waits_for_message",
    )

    pulse: Pulse

    # Implemented by the server's class.

    @property
    def is_taking(self) -> bool:
        """Whether what is sent now goes out and does not pile up."""
        raise NotImplementedError

    @property
    def accepts_messages(self) -> bool:
        """Whether the application still gets messages."""
        raise NotImplementedError

    @property
    def peer_address(self) -> str:
        """The address of the other end; empty if it has none."""
        raise NotImplementedError

    def pause_transport(self) -> None:
        raise NotImplementedError

    def resume_transport(self) -> None:
        raise NotImplementedError

    def pass_on(self, data: bytes) -> None:
        """Deal with a control frame, or with bytes that break the rules."""
        raise NotImplementedError

    def deliver(self, message: dict[str, Any]) -> None:
        """Put `message` into the application's queue."""
        raise NotImplementedError

    def end_too_large(self) -> None:
        """End the connection: what arrives is too large to be read."""
        raise NotImplementedError

    # Provided for the server's class, the session and the shutdown.

    def begin_reading(self) -> None:
        self._messages = Messages(STRANGERS_MESSAGE, LARGEST_MESSAGE)
        self._is_admitted = False
        self._unhandled = self._unhandled_bytes = 0
        self._in_hand: int | None = None
        self._in_a_row = 0
        self._answer_bytes = 0
        self._credit = float(CHARGES_AT_ONCE)
        self._credited_at = asyncio.get_running_loop().time()
        self._is_paused = self._is_stopped = self._is_in_line = False
        self._listener: Listener | None = None
        # A turn is due, maybe after a rest. Or it waits for messages to be handled, or for answers to be
        # taken.
        self._turn: asyncio.Handle | None = None
        self._rests = False
        self._waits_for_handling = self._waits_for_taking = False
        self.waits_for_message = False

    def admit(self, longest: int) -> None:
        """Somebody has logged in: messages of up to `longest` bytes are read."""
        self._is_admitted = True
        self._messages.longest = longest
        self._messages.largest = max(longest, LARGEST_MESSAGE)

    def dismiss(self) -> None:
        """Nobody is logged in any more."""
        self._is_admitted = False
        self._messages.longest = STRANGERS_MESSAGE

    def set_listener(self, listener: Listener | None) -> None:
        """See server.sockets. The listener is called in the context of this call."""
        if listener is None:
            self._listener = None
            return
        run: Callable[..., Rest | None] = copy_context().run
        self._listener = partial(run, listener)

    def charge(self, cost: int = 1) -> None:
        """What the client sent was of no use, and cost as much as so many short texts."""
        self._credit -= cost

    def read(self, data: bytes) -> None:
        """Take bytes that have arrived."""
        is_between = self._messages.is_between
        if (len(data) > MUCH_BYTES or not is_between) and not self._has_turn(data):
            return
        # Most of what comes is one frame, a pong or a text.
        if is_between and self._credit > 0 and self._is_done_with(data):
            return
        self._messages.add(data)
        if self._turn is None:
            self._take_turn()

    async def next_message(self, receive: Callable[[], Awaitable[Any]]) -> Any:
        """The message that `receive` returns. The previous message is handled by now."""
        self._put_down()
        self._in_a_row += 1
        if self._in_a_row % HANDLED_IN_A_ROW == 0:
            await asyncio.sleep(0)
        self.waits_for_message = True
        message = await receive()
        self.waits_for_message = False
        if message["type"] == "websocket.receive":
            self._in_hand = _weight(message)
        return message

    def take_answers(self) -> None:
        """The client takes what it is sent."""
        self._answer_bytes = 0
        if self._waits_for_taking:
            self._waits_for_taking = False
            self._schedule()

    def stop_reading(self) -> None:
        """Read nothing more; what was read is still handled."""
        self._is_stopped = True
        self._pause()

    def go_on_reading(self) -> None:
        """Read again, for example the answer to a close."""
        self._is_stopped = False
        self._read_on()
        self._schedule()

    def end_reading(self) -> None:
        """The connection is gone."""
        if self._turn:
            self._turn.cancel()
            self._turn = None
        self._is_in_line = False
        self._messages = Messages(0, 0)

    @property
    def is_reading(self) -> bool:
        """Whether the server reads what the client sends."""
        return not self._is_paused

    @property
    def is_served(self) -> bool:
        """See server.sockets."""
        return self.accepts_messages and not self._is_stopped

    @property
    def has_handled_all(self) -> bool:
        """Whether everything that was read is handled, as far as possible."""
        is_waiting = self._is_in_line or (self._turn is not None and not self._rests)
        return self.waits_for_message and not (self._unhandled or is_waiting)

    def _take_turn(self) -> None:
        self._turn = None
        self._rests = False
        left = TURN
        while left > 0:
            if self._credit < 0 and self._must_rest():
                return
            if self._has_piled_up:
                self._waits_for_taking = True
                self._pause()
                return
            taken = self._messages.take(may_begin=self._may_begin)
            if taken is Sign.EMPTY:
                self._read_on()
                return
            if taken is Sign.WAITING:
                self._waits_for_handling = True
                self._pause()
                return
            if not isinstance(taken, str):
                left -= self._deal_with(taken)
                continue
            left -= 1
            if left < TURN - HANDLED_IN_A_ROW or not (self.accepts_messages and self._offer(taken)):
                self._deliver({"type": "websocket.receive", "text": taken})
        self._pause()
        self._schedule()

    def _has_turn(self, data: bytes) -> bool:
        """Whether so much may be looked at now. If not, it waits, and nothing more is read meanwhile."""
        if not self._is_in_line:
            pieces, cost = large_pieces(), max(len(data), LEAST_BYTES)
            if pieces.may_go_on(cost):
                return True
            self._is_in_line = True
            self._pause()
            pieces.wait(self.peer_address, self._leave_line, cost)
        self._messages.add(data)
        return False

    def _leave_line(self) -> None:
        if self._is_in_line:
            self._is_in_line = False
            if self._turn is None:
                self._take_turn()

    def _must_rest(self) -> bool:
        loop = asyncio.get_running_loop()
        now = loop.time()
        gained = (now - self._credited_at) * CHARGES_A_SECOND
        self._credit = min(self._credit + gained, CHARGES_AT_ONCE)
        self._credited_at = now
        self._rests = self._credit < 0 and self.accepts_messages
        if self._rests:
            self._pause()
            self._turn = loop.call_later(REST_SECONDS, self._take_turn)
        return self._rests

    def _deal_with(self, taken: Taken) -> int:
        """Handle what was taken. Returns how much of a turn it costs."""
        match taken:
            case Passed(data, is_ping):
                self._credit -= 1
                if is_ping and not self.is_taking:
                    self._answer_bytes += len(data)
                self.pass_on(data)
                return LIBRARY_COST
            case Sign.MORE:
                self._credit -= 1
            case bytes():
                self._deliver({"type": "websocket.receive", "bytes": taken})
            case Sign.TOO_LONG:
                self._deliver({"type": "websocket.receive", "longest": self._messages.longest})
            case Sign.TOO_LARGE:
                self.end_too_large()
        return 1

    def _is_done_with(self, data: bytes) -> bool:
        """Whether it was one pong, or one text that the application has dealt with."""
        if not self.accepts_messages:
            return False
        pong = pong_alone(data)
        if pong is not None:
            self._credit -= 1
            self.pulse.answered(pong)
            return True
        if self._turn or len(data) > self._messages.longest or self._answer_bytes or not self._is_next:
            return False
        text = text_alone(data)
        return text is not None and self._offer(text)

    @property
    def _is_next(self) -> bool:
        """Whether the application waits for what is taken next."""
        return self.waits_for_message and not self._unhandled

    def _offer(self, text: str) -> bool:
        """Give the text to the listener. False: it has to be delivered as a message."""
        if self._listener is None or not self._is_next:
            return False
        if rest := self._listener(text):
            self._deliver({"type": "websocket.receive", "text": text, REST: rest})
        return True

    def _deliver(self, message: dict[str, Any]) -> None:
        if self.accepts_messages:
            self._unhandled += 1
            self._unhandled_bytes += _weight(message)
            self.deliver(message)

    @property
    def _may_begin(self) -> bool:
        if not self._unhandled or not self.accepts_messages:
            return True
        # One at a time before a login, because the login changes the limits.
        return (
            self._is_admitted
            and self._unhandled < UNHANDLED_HIGH
            and self._unhandled_bytes < UNHANDLED_BYTES_HIGH
        )

    @property
    def _has_piled_up(self) -> bool:
        return self._answer_bytes > ANSWER_BYTES and not self.is_taking and self.accepts_messages

    def _put_down(self) -> None:
        if self._in_hand is None:
            return
        self._unhandled -= 1
        self._unhandled_bytes -= self._in_hand
        self._in_hand = None
        if self._waits_for_handling and self._is_low:
            self._waits_for_handling = False
            self._schedule()

    @property
    def _is_low(self) -> bool:
        if not self._is_admitted:
            return not self._unhandled
        return self._unhandled <= UNHANDLED_LOW and self._unhandled_bytes <= UNHANDLED_BYTES_LOW

    def _schedule(self) -> None:
        if self._turn is None:
            self._turn = asyncio.get_running_loop().call_soon(self._take_turn)

    def _pause(self) -> None:
        if not self._is_paused:
            self._is_paused = True
            self.pause_transport()
            self.pulse.reading_stops()

    def _read_on(self) -> None:
        if self._is_paused and not (self._is_stopped or self._is_in_line):
            self._is_paused = False
            self.resume_transport()
            self.pulse.reading_goes_on()


def _weight(message: dict[str, Any]) -> int:
    """The bytes of memory that it takes."""
    text = message.get("text")
    return getsizeof(message.get("bytes", b"") if text is None else text)
