"""A WebSocket, from the upgrade request until it is closed.

Reading is limited (see `reading`). Sending waits for a client that does not take data. Pings ask what has
arrived (see `pulse`). A goodbye is answered once the rows that it confirms are stored. Sending to a socket
that is gone raises an error.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from server import kernel
from server.close_codes import (
    BROKEN,
    INTERNAL_ERROR,
    NO_CODE,
    NORMAL,
    SERVICE_RESTART,
    TOO_LARGE,
    standard_code,
)
from server.control import Broken, Closed, Pinged, Ponged, parse_control
from server.frames import binary_frame, close_frame, ping_frame, text_frame
from server.handshake import UpgradeRequest, acceptance, parse_upgrade
from server.link import LINK
from server.mailbox import Mailbox
from server.outgoing import Backpressure, Outgoing, flush_scheduler
from server.pulse import MAX_UNSENT_BYTES, Pulse, ping_schedule
from server.reading import Reading
from server.sockets import SOCKET

logger = logging.getLogger(__name__)

# How long the application may take to accept a socket.
ACCEPT_SECONDS = 5.0
# How many bytes a client may send before that. The Android app sends its login on its newest socket, which
# may not be open yet.
MAX_EARLY_BYTES = 64 * 1024
# How long a client may take to answer a close frame.
CLOSING_SECONDS = 1.0
# After this time, a goodbye is answered even if the rows that it confirms are not stored yet, because the
# database is slow.
GOODBYE_SECONDS = 3.0
# How long a client may take to receive the last data before the connection is closed.
LAST_SECONDS = 60.0
_DENIED = b"HTTP/1.1 403 Access denied\r\n\r\n"
_FAILED = b"HTTP/1.1 500 Internal server error\r\n\r\n"
# The states of a socket, as plain numbers because the state is checked for each message. CONNECTING: the
# request is not answered yet. CLOSING: the server has sent a close frame.
CONNECTING, OPEN, CLOSING, CLOSED = range(4)
_ASGI = {"version": "3.0", "spec_version": "2.4"}


class SocketGone(OSError):
    """The client is gone, so nothing can be sent to it any more."""


class WebSocket(Reading, asyncio.Protocol):
    """A socket; implements pulse.Wire and sockets.Socket."""

    __slots__ = (
        "_client",
        "_code",
        "_early",
        "_goodbye",
        "_has_delivered_end",
        "_mailbox",
        "_only_code",
        "_outgoing",
        "_server",
        "_timer",
        "_upgrade",
        "state",
        "transport",
    )

    def __init__(self, server: Any, transport: Any) -> None:
        self.transport = transport
        self.state = CLOSED
        self._server = server
        self._outgoing = Outgoing(transport, flush_scheduler())
        self._client = Backpressure(self.on_writable)
        transport.set_protocol(self)
        self._mailbox: Mailbox | None = None
        # The answer to the client's goodbye.
        self._goodbye = b""
        # The timeout of the present state: it drops the connection, or answers the goodbye.
        self._timer: asyncio.TimerHandle | None = None

    # Called by the transport.

    def data_received(self, data: bytes) -> None:
        if self.state == CONNECTING:
            self._early += data
            if len(self._early) > MAX_EARLY_BYTES:
                self.drop()
        elif self.state != CLOSED:
            self.read(data)

    def pause_writing(self) -> None:
        self._client.pauseProducing()

    def resume_writing(self) -> None:
        self._client.resumeProducing()

    def connection_lost(self, _: Exception | None) -> None:
        self._client.stopProducing()
        self._outgoing.forget()
        self.state = CLOSED
        self._stop_timer()
        if self._mailbox:  # the upgrade request was valid
            self.end_reading()
            self.pulse.end()
            self._deliver_end(self._code)
        self._server.end_socket(self)

    # Called by the connection and the server.

    def open(self, head: bytes) -> None:
        """Begin with the upgrade request in `head`, or refuse it."""
        upgrade = parse_upgrade(head)
        if isinstance(upgrade, bytes):
            self._refuse(upgrade)
        else:
            self.begin(upgrade)

    def begin(self, upgrade: UpgradeRequest) -> None:
        """Start the application for an upgrade request."""
        self.state = CONNECTING
        self._upgrade: UpgradeRequest | None = upgrade
        self._early = b""
        # The code with which the client closed the socket, and whether the application was notified.
        self._code = BROKEN
        self._has_delivered_end = False
        self._only_code: int | None = None
        self._mailbox = Mailbox()
        self._mailbox.put_nowait({"type": "websocket.connect"})
        self.pulse = Pulse(self, ping_schedule(self._server.heartbeat_seconds))
        self.begin_reading()
        self._start_timer(ACCEPT_SECONDS)
        self._server.begin_socket(self, self._scope(upgrade))

    def _scope(self, upgrade: UpgradeRequest) -> dict[str, Any]:
        return {
            "type": "websocket",
            "asgi": _ASGI,
            "http_version": "1.1",
            "path": unquote(upgrade.path),
            "raw_path": upgrade.path.encode(),
            "query_string": upgrade.query.encode(),
            "headers": upgrade.fields,
            "subprotocols": upgrade.subprotocols,
            "client": self.transport.get_extra_info("peername")[:2],
            "server": _shared_address(*self.transport.get_extra_info("sockname")[:2]),
            "extensions": {SOCKET: self, LINK: self.pulse},
        }

    async def run(self, application: Any, scope: dict[str, Any]) -> None:
        """Run the application of this socket until it ends."""
        try:
            await application(scope, self.receive, self.send)
            self._close(NORMAL, refusal=_FAILED)
        except SocketGone:
            pass
        except Exception:
            logger.exception("The application of a socket has failed")
            self._close(INTERNAL_ERROR, refusal=_FAILED)
        finally:
            # The scope and the socket refer to each other. Otherwise only the garbage collector, which stops
            # the whole process, would free them.
            scope["extensions"].clear()
            # If the client said goodbye, the rows that it confirms are stored by now.
            self._answer_goodbye()

    # The application's side.

    def receive(self) -> Awaitable[Any]:
        """Return an awaitable of the application's next message."""
        assert self._mailbox
        return self.next_message(self._mailbox.get)

    async def send(self, message: Any) -> None:
        """Handle an ASGI message of the application. Waits while the client takes no data. Raises
        SocketGone."""
        match message["type"]:
            case "websocket.send":
                text = message.get("text")
                await self._send(binary_frame(message["bytes"]) if text is None else text_frame(text))
            case "websocket.close":
                self._close(message.get("code") or NORMAL, message.get("reason") or "")
            case "websocket.accept" if self.state == CONNECTING:
                self._accept(message)
            case "websocket.accept":
                raise SocketGone
            case other:
                raise ValueError(f"A socket takes no {other}.")

    def send_now(self, text: str) -> bool:
        """See server.sockets."""
        if self.state != OPEN or not self.is_writable:
            return False
        frame = text_frame(text)
        self._outgoing.send(frame)
        self.pulse.written += len(frame)
        return True

    def close_only_with(self, code: int) -> None:
        """See server.sockets."""
        self._only_code = code

    async def wait_until_writable(self) -> None:
        """See server.sockets."""
        await self._client.wait()

    # Called by Reading.

    @property
    def is_writable(self) -> bool:
        return self._client.is_writable

    @property
    def peer_address(self) -> str:
        return address_of(self.transport)

    def pause_transport(self) -> None:
        if not self.transport.is_closing():
            self.transport.pause_reading()

    def resume_transport(self) -> None:
        if not self.transport.is_closing():
            self.transport.resume_reading()

    @property
    def accepts_messages(self) -> bool:
        return self.state == OPEN and not self._goodbye

    def pass_on(self, data: bytes) -> None:
        if self._goodbye or self.state == CLOSED:
            return  # frames after a goodbye are ignored
        match parse_control(data):
            case Pinged(answer):
                self._outgoing.send(answer)
            case Ponged(payload):
                self.pulse.on_pong(payload)
            case Closed(code, reason, answer):
                self._on_goodbye(code, reason, answer)
            case Broken(code):
                self.begin_closing(code)
                self._end()

    def deliver(self, message: dict[str, Any]) -> None:
        assert self._mailbox
        self._mailbox.put_nowait(message)

    def end_too_large(self) -> None:
        # If the connection were ended while the client is sending, the close frame would be lost.
        self.begin_closing(TOO_LARGE, "message too large")
        self._deliver_end(TOO_LARGE)

    # Called by the pulse and the shutdown.

    def send_ping(self, payload: bytes) -> bool:
        is_open = self.accepts_messages
        if is_open:
            self._write(ping_frame(payload))
        return is_open

    def drop(self) -> None:
        """End the connection at once."""
        self.state = CLOSED
        self._outgoing.forget()
        kernel.abort(self.transport)

    def ask_last(self, on_answer: Callable[[], None]) -> None:
        self.pulse.ask_last(on_answer)

    def begin_closing(self, code: int, reason: str = "") -> None:
        """Send a close frame. If the client does not answer it in time, the connection is dropped."""
        if self.state == OPEN and not self._goodbye:
            self._outgoing.send(
                close_frame(self._only_code) if self._only_code else close_frame(code, reason)
            )
            self.state = CLOSING
            self._start_timer(CLOSING_SECONDS)
            self.resume_reading()  # for the client's answer

    def say_goodbye(self) -> None:
        """Close the socket because the server ends, without waiting for the client's answer."""
        if self.state == CONNECTING:
            self._refuse(_FAILED)
        elif self._goodbye:
            self._answer_goodbye()
        elif self.state != CLOSED:
            self.begin_closing(SERVICE_RESTART)
            self._end()

    @property
    def idle(self) -> bool:
        return self.has_handled_all

    @property
    def kernel_socket(self) -> Any:
        return self.transport.get_extra_info("socket")

    @property
    def unsent_bytes(self) -> int:
        return self._outgoing.unsent_bytes

    def _accept(self, message: Any) -> None:
        assert self._upgrade
        self._outgoing.send(acceptance(self._upgrade.key, message.get("subprotocol")))
        self._upgrade = None
        self._stop_timer()
        self.state = OPEN
        self.transport.set_write_buffer_limits(MAX_UNSENT_BYTES)
        kernel.limit_unsent_bytes(self.kernel_socket, MAX_UNSENT_BYTES)
        self.pulse.start()
        if self._early:
            early, self._early = self._early, b""
            self.read(early)

    async def _send(self, frame: bytes) -> None:
        if not self.is_writable:
            await self._client.wait()
        if self.state != OPEN:
            raise SocketGone
        self._write(frame)

    def _write(self, frame: bytes) -> None:
        self._outgoing.send(frame)
        self.pulse.written += len(frame)

    def _close(self, code: int, reason: str = "", refusal: bytes = _DENIED) -> None:
        if self.state == CONNECTING:
            self._refuse(refusal)
        elif self.state == OPEN and not self.is_writable:
            self.drop()  # the close frame would wait behind data that the client does not take
        else:
            self.begin_closing(code, reason)

    def _refuse(self, answer: bytes) -> None:
        self._outgoing.send(answer)
        self._end()

    def _end(self) -> None:
        self.state = CLOSED
        self._start_timer(LAST_SECONDS)
        self._outgoing.flush()
        self.transport.close()

    def _on_goodbye(self, code: int, reason: str, answer: bytes) -> None:
        self.pulse.on_goodbye()
        standard = standard_code(code)
        self._code = NORMAL if standard in (NO_CODE, None) else standard
        if self.state == CLOSING:  # the client has answered our close frame
            self.drop()
            return
        self._goodbye = answer
        self._start_timer(GOODBYE_SECONDS, self._answer_goodbye)
        self._deliver_end(self._code, reason)

    def _answer_goodbye(self) -> None:
        """Answer the client's goodbye, if it said one that is not answered yet."""
        if self._goodbye and self.state == OPEN:
            self._outgoing.send(self._goodbye)
            self._end()

    def _deliver_end(self, code: int, reason: str = "") -> None:
        if not self._has_delivered_end:
            self._has_delivered_end = True
            self.deliver({"type": "websocket.disconnect", "code": code, "reason": reason})

    def _start_timer(self, seconds: float, on_timeout: Callable[[], None] | None = None) -> None:
        """Call `on_timeout` after `seconds`; drop the connection if it is None."""
        self._stop_timer()
        self._timer = asyncio.get_running_loop().call_later(seconds, on_timeout or self.drop)

    def _stop_timer(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None


@lru_cache(64)
def _shared_address(host: str, port: int) -> tuple[str, int]:
    """Return the same tuple for all sockets that are connected to this address of the server."""
    return host, port


def address_of(transport: Any) -> str:
    """Return the address of the peer of a connection."""
    address: str = transport.get_extra_info("peername")[0]
    return address
