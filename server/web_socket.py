"""One WebSocket, whichever server has its connection: from the request that asks for it until it is closed.

A socket is read no further than it should be (see `reading`). Sending waits for a client that does not take
what it is sent. Pings ask whether what was sent has arrived (see `pulse`). A goodbye is answered when what it
confirms is stored. Sending to a socket that is gone raises an error.
"""

import asyncio
import logging
from functools import partial
from typing import Any, ClassVar
from urllib.parse import unquote

from server import kernel
from server.close_codes import (
    BROKEN,
    INTERNAL_ERROR,
    NO_CODE,
    NORMAL,
    SERVICE_RESTART,
    TOO_LARGE,
    as_standard,
)
from server.control import Broken, Closed, Pinged, Ponged, heard
from server.frames import binary_frame, close_frame, ping_frame, text_frame
from server.goodbye import Goodbye
from server.handshake import Asked, asked_by
from server.link import LINK
from server.mailbox import Mailbox
from server.opening import MAX_EARLY_BYTES
from server.pulse import UNSENT_BYTES, Pulse, rounds_here
from server.reading import Reading
from server.sockets import SOCKET

logger = logging.getLogger(__name__)

# A socket that the application has not accepted by then is ended.
ACCEPT_SECONDS = 5.0
# A client that does not take the last of what it was sent is gone.
LAST_SECONDS = 60.0
_DENIED = b"HTTP/1.1 403 Access denied\r\n\r\n"
_FAILED = b"HTTP/1.1 500 Internal server error\r\n\r\n"
# The states of a socket, plain numbers because one is looked at for each message. ASKED: the request is not
# answered yet. CLOSING: the server has sent a close frame.
NEW, ASKED, OPEN, CLOSING, CLOSED = range(5)
_ASGI = {"version": "3.0", "spec_version": "2.4"}


class SocketGone(OSError):
    """The client is gone, so nothing can be sent to it any more."""


class WebSocket(Reading):
    """One socket. It is also the wire of its pulse. A server's class carries its bytes."""

    __slots__ = (
        "_asked",
        "_code",
        "_early",
        "_goodbye",
        "_is_told",
        "_mailbox",
        "_only_code",
        "_timer",
        "state",
    )

    # How long a client may take to answer a close frame.
    closing_seconds: ClassVar[float]

    # Implemented by the server's class, besides what Reading and the pulse ask for.

    @property
    def heartbeat_seconds(self) -> float:
        """The application's heartbeat."""
        raise NotImplementedError

    def join(self, frame: bytes) -> None:
        """Send it after everything that was sent so far."""
        raise NotImplementedError

    def end(self) -> None:
        """End the connection after everything that was sent so far."""
        raise NotImplementedError

    def abort(self) -> None:
        """End the connection at once."""
        raise NotImplementedError

    def limit_unsent(self) -> None:
        """Let the connection call itself full after UNSENT_BYTES."""
        raise NotImplementedError

    def start(self, asked: Asked) -> None:
        """Run the application, with what the client asks for in its scope."""
        raise NotImplementedError

    def acceptance(self, asked: Asked, message: Any) -> bytes:
        """The answer to the request, which the application accepts by the ASGI message."""
        raise NotImplementedError

    @property
    def kernel_socket(self) -> Any:
        raise NotImplementedError

    @property
    def unsent_bytes(self) -> int:
        raise NotImplementedError

    async def taking(self) -> None:
        """Return when the client takes what it is sent, or is gone."""
        raise NotImplementedError

    # Provided for the server's class.

    def __init__(self) -> None:
        self.state = NEW
        self._mailbox: Mailbox | None = None
        self._goodbye: Goodbye | None = None
        # Ends the connection, unless what is waited for comes first.
        self._timer: asyncio.TimerHandle | None = None

    def open(self, head: bytes) -> None:
        """The client's request has come."""
        asked = asked_by(head)
        if isinstance(asked, bytes):
            self._refuse(asked)
        else:
            self.begin(asked)

    def begin(self, asked: Asked) -> None:
        """The client asks for a socket."""
        self.state = ASKED
        self._asked: Asked | None = asked
        self._early = b""
        # With what the client closed the socket, and whether the application has been told.
        self._code = BROKEN
        self._is_told = False
        self._only_code: int | None = None
        self._mailbox = Mailbox()
        self._mailbox.put_nowait({"type": "websocket.connect"})
        self.pulse = Pulse(self, rounds_here(self.heartbeat_seconds))
        self.begin_reading()
        self._wait(ACCEPT_SECONDS)
        self.start(asked)

    def scope(self, asked: Asked, **more: Any) -> dict[str, Any]:
        """The ASGI scope; `more` is what only the server knows."""
        return {
            "type": "websocket",
            "asgi": _ASGI,
            "http_version": "1.1",
            "path": unquote(asked.path),
            "raw_path": asked.path.encode(),
            "query_string": asked.query.encode(),
            "headers": asked.fields,
            "subprotocols": asked.subprotocols,
            "extensions": {SOCKET: self, LINK: self.pulse},
            **more,
        }

    async def run(self, application: Any, scope: dict[str, Any]) -> None:
        """Run the application of this socket to its end."""
        try:
            await application(scope, self.receive, self.send)
            self._close(NORMAL, refusal=_FAILED)
        except SocketGone:
            pass
        except Exception:
            logger.exception("The application of a socket has failed")
            self._close(INTERNAL_ERROR, refusal=_FAILED)
        finally:
            # The two refer to each other. Only the garbage collector, which stops the whole process, would
            # free them.
            scope["extensions"].clear()
            # By now, what the client's goodbye confirms is stored, if it said one.
            if self._goodbye:
                self._goodbye.answer()

    def take(self, data: bytes) -> None:
        """Bytes have arrived."""
        if self.state == ASKED:
            self._early += data
            if len(self._early) > MAX_EARLY_BYTES:
                self.drop()
        elif self.state == NEW:
            self.open(data)
        elif self.state != CLOSED:
            self.read(data)

    def lost(self) -> None:
        """The connection is gone."""
        self.state = CLOSED
        self._stop_waiting()
        if not self._mailbox:
            return  # nothing was asked for
        self.end_reading()
        if self._goodbye:
            self._goodbye.forget()
        self.pulse.end()
        self._tell_end(self._code)

    # The application's side.

    async def receive(self) -> Any:
        """The application's next message."""
        assert self._mailbox
        return await self.next_message(self._mailbox.get)

    async def send(self, message: Any) -> None:
        """Take an ASGI message. Waits while the client does not take what it is sent. Raises SocketGone."""
        match message["type"]:
            case "websocket.send":
                text = message.get("text")
                await self._send(binary_frame(message["bytes"]) if text is None else text_frame(text))
            case "websocket.close":
                self._close(message.get("code") or NORMAL, message.get("reason") or "")
            case "websocket.accept" if self.state == ASKED:
                self._accept(message)
            case "websocket.accept":
                raise SocketGone
            case other:
                raise ValueError(f"A socket takes no {other}.")

    def send_now(self, text: str) -> bool:
        """See server.sockets."""
        if self.state != OPEN or not self.is_taking:
            return False
        frame = text_frame(text)
        self.join(frame)
        self.pulse.written += len(frame)
        return True

    def close_only_with(self, code: int) -> None:
        """See server.sockets."""
        self._only_code = code

    @property
    def hears_messages(self) -> bool:
        return self.state == OPEN and not self._goodbye

    def pass_on(self, data: bytes) -> None:
        if self._goodbye or self.state == CLOSED:
            return  # nothing after a goodbye is a frame
        match heard(data):
            case Pinged(answer):
                self.join(answer)
            case Ponged(payload):
                self.pulse.answered(payload)
            case Closed(code, reason, answer):
                self._hear_goodbye(code, reason, answer)
            case Broken(code):
                self.begin_closing(code)
                self._end()

    def deliver(self, message: dict[str, Any]) -> None:
        assert self._mailbox
        self._mailbox.put_nowait(message)

    def end_too_large(self) -> None:
        # If the client is still sending, ending the connection now would destroy the close frame.
        self.begin_closing(TOO_LARGE, "message too large")
        self._tell_end(TOO_LARGE)

    # Called by the pulse and the shutdown.

    def send_ping(self, payload: bytes) -> bool:
        is_open = self.hears_messages
        if is_open:
            self._write(ping_frame(payload))
        return is_open

    def drop(self) -> None:
        """End the connection at once."""
        self.state = CLOSED
        self.abort()

    def ask_last(self, then: Any) -> None:
        self.pulse.ask_last(then)

    def begin_closing(self, code: int, reason: str = "") -> None:
        """Send a close frame, and wait for the answer."""
        if self.state == OPEN and not self._goodbye:
            self.join(close_frame(self._only_code) if self._only_code else close_frame(code, reason))
            self.state = CLOSING
            self._wait(self.closing_seconds)
            self.go_on_reading()  # for the client's answer

    def say_goodbye(self) -> None:
        """The server ends, and does not wait for the client's answer."""
        if self.state == ASKED:
            self._refuse(_FAILED)
        elif self._goodbye:
            self._goodbye.answer()
        elif self.state != CLOSED:
            self.begin_closing(SERVICE_RESTART)
            self._end()

    @property
    def idle(self) -> bool:
        return self.has_handled_all

    def _accept(self, message: Any) -> None:
        assert self._asked
        self.join(self.acceptance(self._asked, message))
        self._asked = None
        self._stop_waiting()
        self.state = OPEN
        self.limit_unsent()
        if self.kernel_socket:
            kernel.keep_unsent(self.kernel_socket, UNSENT_BYTES)
        self.pulse.start()
        if self._early:
            early, self._early = self._early, b""
            self.read(early)

    async def _send(self, frame: bytes) -> None:
        if not self.is_taking:
            await self.taking()
        if self.state != OPEN:
            raise SocketGone
        self._write(frame)

    def _write(self, frame: bytes) -> None:
        self.join(frame)
        self.pulse.written += len(frame)

    def _close(self, code: int, reason: str = "", refusal: bytes = _DENIED) -> None:
        if self.state == ASKED:
            self._refuse(refusal)
        elif self.state == OPEN and not self.is_taking:
            self.drop()  # the client would have to take the rest first
        else:
            self.begin_closing(code, reason)

    def _refuse(self, answer: bytes) -> None:
        self.join(answer)
        self._end()

    def _end(self) -> None:
        self.state = CLOSED
        self._wait(LAST_SECONDS)
        self.end()

    def _hear_goodbye(self, code: int, reason: str, answer: bytes) -> None:
        self.pulse.hear_goodbye()
        standard = as_standard(code)
        self._code = NORMAL if standard in (NO_CODE, None) else standard
        if self.state == CLOSING:  # the answer to ours
            self.drop()
            return
        self._goodbye = Goodbye(partial(self._answer, answer))
        self._tell_end(self._code, reason)

    def _answer(self, goodbye: bytes) -> None:
        if self.state == OPEN:
            self.join(goodbye)
            self._end()

    def _tell_end(self, code: int, reason: str = "") -> None:
        if not self._is_told:
            self._is_told = True
            self.deliver({"type": "websocket.disconnect", "code": code, "reason": reason})

    def _wait(self, seconds: float) -> None:
        self._stop_waiting()
        self._timer = asyncio.get_running_loop().call_later(seconds, self.drop)

    def _stop_waiting(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None
