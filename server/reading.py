"""Controls how far a socket is read, independently of the server. Reading pauses while earlier messages of
the client are not handled, while the client does not take the answers, and while other sockets have their
turn.

Control frames are read while messages wait, so that pongs are handled however long the database takes. Rows
that the feed has to deliver do not pause reading: only a client's own frames and the answers to them do.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import copy_context
from functools import partial
from sys import getsizeof
from typing import Any

from server.arrivals import large_pieces
from server.messages import Messages, PassedOn, Sign, Taken, parse_single_pong, parse_single_text
from server.pulse import Pulse
from server.sockets import REST, Listener, Rest

# The connection ends at a larger message, instead of discarding it.
MAX_DISCARDED_BYTES = 16 * 1024 * 1024
# The limit of messages before a login.
MAX_BYTES_BEFORE_LOGIN = 64 * 1024
# With the first number of unhandled messages, or of their bytes, no further message is begun on a socket
# until the second number is left.
UNHANDLED_HIGH, UNHANDLED_LOW = 64, 16
UNHANDLED_BYTES_HIGH, UNHANDLED_BYTES_LOW = 256 * 1024, 64 * 1024
# A client that does not take data is sent no more than this in pongs, and is then not read.
MAX_PONG_BYTES = 4 * 1024
# How many messages or fragments of a socket are read in one turn. A frame that the library reads counts as
# several.
TURN_COST, LIBRARY_COST = 64, 8
# Control frames, fragments and texts that are answered by an error are read at this rate, after this many.
CHARGES_PER_SECOND, MAX_CHARGES = 1000, 500
THROTTLE_SECONDS = 0.02
# More data at once, and pieces of a frame that has begun to arrive, are read in turns with those of other
# sockets. A piece costs at least the second number of bytes, because reading it takes time, too.
LARGE_BYTES, MIN_PIECE_COST = 16 * 1024, 8 * 1024
# How many messages are handled in a row before other tasks run.
MAX_HANDLED_IN_A_ROW = 8


class Reading:
    """A mixin for a server's socket. The socket calls `begin_reading` first, `read` with arriving data,
    `next_message` for the application, and `on_writable` when the client takes data again."""

    # Slots, because the attributes of the server's class fill a dict, which these would make twice as large.
    __slots__ = (
        "_credit",
        "_credited_at",
        "_current_bytes",
        "_handled",
        "_is_admitted",
        "_is_paused",
        "_is_queued",
        "_is_stopped",
        "_is_throttled",
        "_listener",
        "_messages",
        "_pong_bytes",
        "_turn",
        "_unhandled",
        "_unhandled_bytes",
        "_waits_for_handling",
        "_waits_for_writable",
        "pulse",
        "waits_for_message",
    )

    pulse: Pulse

    # Implemented by the server's class.

    @property
    def is_writable(self) -> bool:
        """Whether data that is sent now does not pile up."""
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
        """Handle a control frame, or bytes that violate the protocol."""
        raise NotImplementedError

    def deliver(self, message: dict[str, Any]) -> None:
        """Put `message` into the application's queue."""
        raise NotImplementedError

    def end_too_large(self) -> None:
        """End the connection because a message is too large to be read to its end."""
        raise NotImplementedError

    # Provided for the server's class, the session and the shutdown.

    def begin_reading(self) -> None:
        self._messages = Messages(MAX_BYTES_BEFORE_LOGIN, MAX_DISCARDED_BYTES)
        self._is_admitted = False
        self._unhandled = self._unhandled_bytes = 0
        # The size of the message that the application is handling; None if there is none.
        self._current_bytes: int | None = None
        self._handled = 0
        self._pong_bytes = 0
        self._credit = float(MAX_CHARGES)
        self._credited_at = asyncio.get_running_loop().time()
        self._is_paused = self._is_stopped = self._is_queued = False
        self._listener: Listener | None = None
        # A turn may be scheduled, perhaps delayed because the client is throttled. Or the turn waits until
        # messages are handled, or until the client takes data.
        self._turn: asyncio.Handle | None = None
        self._is_throttled = False
        self._waits_for_handling = self._waits_for_writable = False
        self.waits_for_message = False

    def admit(self, max_bytes: int) -> None:
        """See server.sockets."""
        self._is_admitted = True
        self._messages.max_bytes = max_bytes
        self._messages.max_discarded_bytes = max(max_bytes, MAX_DISCARDED_BYTES)

    def dismiss(self) -> None:
        """See server.sockets."""
        self._is_admitted = False
        self._messages.max_bytes = MAX_BYTES_BEFORE_LOGIN

    def set_listener(self, listener: Listener | None) -> None:
        """See server.sockets. The listener is called in the context of this call."""
        if listener is None:
            self._listener = None
            return
        run: Callable[..., Rest | None] = copy_context().run
        self._listener = partial(run, listener)

    def charge(self, cost: int = 1) -> None:
        """See server.sockets."""
        self._credit -= cost

    def read(self, data: bytes) -> None:
        """Read data that has arrived."""
        is_between_frames = self._messages.is_between_frames
        if (len(data) > LARGE_BYTES or not is_between_frames) and not self._has_turn(data):
            return
        # Most data is a single frame, a pong or a text.
        if is_between_frames and self._credit > 0 and self._handle_single_frame(data):
            return
        self._messages.add(data)
        if self._turn is None:
            self._take_turn()

    async def next_message(self, receive: Callable[[], Awaitable[Any]]) -> Any:
        """Wait for the next message from `receive`, and return it. The previous one counts as handled."""
        self._finish_current()
        self._handled += 1
        if self._handled % MAX_HANDLED_IN_A_ROW == 0:
            await asyncio.sleep(0)
        self.waits_for_message = True
        message = await receive()
        self.waits_for_message = False
        if message["type"] == "websocket.receive":
            self._current_bytes = _weight(message)
        return message

    def on_writable(self) -> None:
        """Note that the client takes data again."""
        self._pong_bytes = 0
        if self._waits_for_writable:
            self._waits_for_writable = False
            self._schedule()

    def stop_reading(self) -> None:
        """Read nothing more; messages that were read are still handled."""
        self._is_stopped = True
        self._pause()

    def resume_reading(self) -> None:
        """Read again, for example the answer to a close."""
        self._is_stopped = False
        self._resume()
        self._schedule()

    def end_reading(self) -> None:
        """Drop all data, because the connection is gone."""
        if self._turn:
            self._turn.cancel()
            self._turn = None
        self._is_queued = False
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
        """Whether everything that was read is handled, as far as that is possible."""
        is_waiting = self._is_queued or (self._turn is not None and not self._is_throttled)
        return self.waits_for_message and not (self._unhandled or is_waiting)

    def _take_turn(self) -> None:
        self._turn = None
        self._is_throttled = False
        left = TURN_COST
        while left > 0:
            if self._credit < 0 and self._throttle():
                return
            if self._is_blocked_by_pongs:
                self._waits_for_writable = True
                self._pause()
                return
            taken = self._messages.take(may_begin=self._may_begin_message)
            if taken is Sign.EMPTY:
                self._resume()
                return
            if taken is Sign.WAITING:
                self._waits_for_handling = True
                self._pause()
                return
            if not isinstance(taken, str):
                left -= self._handle_other(taken)
                continue
            left -= 1
            is_in_a_row = left >= TURN_COST - MAX_HANDLED_IN_A_ROW
            if not (is_in_a_row and self.accepts_messages and self._offer(taken)):
                self._deliver({"type": "websocket.receive", "text": taken})
        self._pause()
        self._schedule()

    def _has_turn(self, data: bytes) -> bool:
        """Return whether a piece of this size may be read now. If not, queue it, and pause reading until its
        turn."""
        if not self._is_queued:
            pieces, cost = large_pieces(), max(len(data), MIN_PIECE_COST)
            if pieces.may_read(cost):
                return True
            self._is_queued = True
            self._pause()
            pieces.wait(self.peer_address, self._leave_queue, cost)
        self._messages.add(data)
        return False

    def _leave_queue(self) -> None:
        if self._is_queued:
            self._is_queued = False
            if self._turn is None:
                self._take_turn()

    def _throttle(self) -> bool:
        """Renew the credit of the client. If it is still negative, pause reading and delay the turn. Return
        whether it was delayed."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        gained = (now - self._credited_at) * CHARGES_PER_SECOND
        self._credit = min(self._credit + gained, MAX_CHARGES)
        self._credited_at = now
        self._is_throttled = self._credit < 0 and self.accepts_messages
        if self._is_throttled:
            self._pause()
            self._turn = loop.call_later(THROTTLE_SECONDS, self._take_turn)
        return self._is_throttled

    def _handle_other(self, taken: Taken) -> int:
        """Handle anything but a text. Return how much of a turn it costs."""
        match taken:
            case PassedOn(data, is_ping):
                self._credit -= 1
                if is_ping and not self.is_writable:
                    self._pong_bytes += len(data)
                self.pass_on(data)
                return LIBRARY_COST
            case Sign.MORE:
                self._credit -= 1
            case bytes():
                self._deliver({"type": "websocket.receive", "bytes": taken})
            case Sign.TOO_LONG:
                self._deliver({"type": "websocket.receive", "longest": self._messages.max_bytes})
            case Sign.TOO_LARGE:
                self.end_too_large()
        return 1

    def _handle_single_frame(self, data: bytes) -> bool:
        """If `data` is one pong, or one text that the listener may handle now, handle it. Return whether it
        was handled."""
        if not self.accepts_messages:
            return False
        pong = parse_single_pong(data)
        if pong is not None:
            self._credit -= 1
            self.pulse.on_pong(pong)
            return True
        is_free = self._turn is None and not self._pong_bytes and self._is_application_waiting
        if not is_free or len(data) > self._messages.max_bytes:
            return False
        text = parse_single_text(data)
        return text is not None and self._offer(text)

    @property
    def _is_application_waiting(self) -> bool:
        return self.waits_for_message and not self._unhandled

    def _offer(self, text: str) -> bool:
        """Pass the text to the listener if possible. Return False if it must be delivered as a message."""
        if self._listener is None or not self._is_application_waiting:
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
    def _may_begin_message(self) -> bool:
        if not self._unhandled or not self.accepts_messages:
            return True
        # Before a login, one message at a time, because the login changes the limits.
        return (
            self._is_admitted
            and self._unhandled < UNHANDLED_HIGH
            and self._unhandled_bytes < UNHANDLED_BYTES_HIGH
        )

    @property
    def _is_blocked_by_pongs(self) -> bool:
        return self._pong_bytes > MAX_PONG_BYTES and not self.is_writable and self.accepts_messages

    def _finish_current(self) -> None:
        if self._current_bytes is None:
            return
        self._unhandled -= 1
        self._unhandled_bytes -= self._current_bytes
        self._current_bytes = None
        if self._waits_for_handling and self._has_few_unhandled:
            self._waits_for_handling = False
            self._schedule()

    @property
    def _has_few_unhandled(self) -> bool:
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
            self.pulse.on_reading_paused()

    def _resume(self) -> None:
        if self._is_paused and not (self._is_stopped or self._is_queued):
            self._is_paused = False
            self.resume_transport()
            self.pulse.on_reading_resumed()


def _weight(message: dict[str, Any]) -> int:
    """Return the memory of the message's content, in bytes."""
    text = message.get("text")
    return getsizeof(message.get("bytes", b"") if text is None else text)
