"""Sockets under Daphne, with limits on what a client can make them hold.

It adds to Daphne: a socket is read no further than it should be (see `reading`). Sending waits for a client
that does not take what it is sent. Pings ask whether what was sent has arrived (see `pulse`). A goodbye is
answered when what it confirms is stored. Sending to a socket that is gone raises an error.
"""

# First, because it installs the reactor that all of Twisted uses from then on.
import daphne.server  # noqa: F401  # isort: skip

import logging
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

from autobahn.websocket.types import ConnectionDeny, ConnectionRequest
from daphne.ws_protocol import WebSocketProtocol as DaphneProtocol
from twisted.internet import defer

from server import kernel
from server.backpressure import Backpressure
from server.close_codes import IOS_GOODBYE, as_standard
from server.departures import departures_here
from server.frames import ping_frame, text_frame
from server.goodbye import Goodbye
from server.messages import is_utf8
from server.opening import MAX_EARLY_BYTES, VERSION, Opening, usual_opening
from server.outgoing import Outgoing
from server.pulse import UNSENT_BYTES, Pulse, rounds_here
from server.reading import Reading

logger = logging.getLogger(__name__)


class SocketGone(OSError):
    """The client is gone, so nothing can be sent to it any more."""


class WebSocketProtocol(Reading, DaphneProtocol):  # type: ignore[misc]
    """One socket. It is also the wire of its pulse."""

    data: bytes
    # Whether the request was read, so what comes next are frames.
    _is_requested = False
    # Whether the client has sent the iOS app's close code.
    _says_ios_goodbye = False
    # See server.sockets.
    _only_code: int | None = None
    # None before the request is known to be for a socket.
    _outgoing: Outgoing | None = None

    # What a usual request asks for.
    websocket_version = VERSION
    websocket_protocols: Sequence[str] = ()
    websocket_extensions: Sequence[Any] = ()

    def processHandshake(self) -> None:  # noqa: N802
        opening = usual_opening(self.data)
        if opening is None or "origin" in opening.fields:  # which Autobahn looks into
            super().processHandshake()
            return
        self.data = b""
        self._wskey = opening.fields["sec-websocket-key"]
        request = asked_by(opening, self.peer)
        defer.maybeDeferred(self.onConnect, request).addCallbacks(self.succeedHandshake, self._deny)

    def _deny(self, failure: Any) -> None:
        if isinstance(failure.value, ConnectionDeny):
            self.failHandshake(failure.value.reason, failure.value.code)
        else:
            logger.error("A socket could not be opened: %s", failure.getTraceback())
            self.failHandshake("Internal server error", ConnectionDeny.INTERNAL_SERVER_ERROR)

    def onConnect(self, request: Any) -> Any:  # noqa: N802
        self._is_requested = True
        self.pulse = Pulse(self, rounds_here(self.factory.server_class.heartbeat_seconds))
        self.begin_reading()
        self._outgoing = Outgoing(self.transport, departures_here())
        self._goodbye: Goodbye | None = None
        self._client = Backpressure(self.take_answers)
        return super().onConnect(request)

    def onOpen(self) -> None:  # noqa: N802
        # Until the upgrade, the transport told the HTTP channel how full it was.
        self.transport.unregisterProducer()
        self.transport.bufferSize = UNSENT_BYTES
        self.transport.registerProducer(self._client, True)
        kernel.keep_unsent(self.kernel_socket, UNSENT_BYTES)
        self.pulse.start()
        super().onOpen()

    def dataReceived(self, data: bytes) -> None:  # noqa: N802
        # Autobahn's own method formats a text for its log each time, and throws it away.
        if self.state == self.STATE_CONNECTING:
            super().dataReceived(data)
        elif self.state != self.STATE_CLOSED:
            self.read(data)

    def consumeData(self) -> None:  # noqa: N802
        if self.state == self.STATE_CONNECTING and self._is_requested:
            if len(self.data) > MAX_EARLY_BYTES:
                self.dropConnection(abort=True)
        elif self.state == self.STATE_CONNECTING:
            super().consumeData()
        else:  # autobahn has just opened it; this data came with the handshake, or before its answer
            data, self.data = self.data, b""
            self.read(data)

    def onPong(self, payload: bytes) -> None:  # noqa: N802
        self.pulse.answered(payload)

    def onCloseFrame(self, code: int | None, reasonRaw: bytes | None) -> Any:  # noqa: N802, N803
        if self._goodbye:
            return False  # nothing after a goodbye is a frame
        self.pulse.hear_goodbye()
        self._says_ios_goodbye = code == IOS_GOODBYE
        code = as_standard(code)
        if self.state != self.STATE_OPEN or not is_utf8(reasonRaw or b""):
            return super().onCloseFrame(code, reasonRaw)
        self._goodbye = Goodbye(partial(super().onCloseFrame, code, reasonRaw))
        self.muted = True
        self.application_queue.put_nowait({"type": "websocket.disconnect", "code": code})
        return False

    def sendCloseFrame(  # noqa: N802
        self,
        code: int | None = None,
        reasonUtf8: bytes | None = None,  # noqa: N803
        isReply: bool = False,  # noqa: N803
    ) -> None:
        """Send a close frame. Autobahn would answer 1000 to everybody, after which the iOS app connects
        again: it does so unless it is answered with its own code."""
        if isReply and self._says_ios_goodbye:
            code = IOS_GOODBYE
        elif not isReply and self._only_code:
            code = self._only_code
        super().sendCloseFrame(code, reasonUtf8, isReply)

    def sendData(self, data: bytes, sync: bool = False, chopsize: int | None = None) -> None:  # noqa: N802
        """Send what is autobahn's: the answer to the handshake or to a ping, or a close."""
        if self._outgoing:
            self._outgoing.send(data)
        else:
            super().sendData(data, sync, chopsize)

    def dropConnection(self, abort: bool = False) -> None:  # noqa: N802
        if self._outgoing:
            self._outgoing.end(abort=abort)
        super().dropConnection(abort)

    def answer_goodbye(self) -> None:
        """Answer the client's goodbye, if it said one: what it confirms is stored."""
        if self._goodbye:
            self._goodbye.answer()

    def onClose(self, wasClean: bool, code: int | None, reason: str | None) -> None:  # noqa: N802, N803
        self._client.stopProducing()
        if self._outgoing:
            self._outgoing.end(abort=True)
        self.end_reading()
        if self._goodbye:
            self._goodbye.forget()
        self.pulse.end()
        super().onClose(wasClean, code, reason)
        # It refers to this socket. Only the garbage collector, which stops the whole process, would free the
        # two.
        self.is_closed = None

    def receive(self, receive: Callable[[], Awaitable[Any]]) -> Awaitable[Any]:
        """The application's next message."""
        return self.next_message(receive)

    async def taking(self) -> None:
        """Return when the client takes what it is sent, or is gone."""
        await self._client.wait()

    def close_only_with(self, code: int) -> None:
        """See server.sockets."""
        self._only_code = code

    @property
    def is_taking(self) -> bool:
        return self._client.is_taking

    @property
    def takes_frames(self) -> bool:
        """Whether it can be sent anything: after the handshake, and before it is closed."""
        return bool(self.state == self.STATE_OPEN)

    @property
    def hears_messages(self) -> bool:
        return self.takes_frames and not self._goodbye

    @property
    def peer_address(self) -> str:
        return getattr(self.transport.getPeer(), "host", "")

    def pause_transport(self) -> None:
        self.transport.pauseProducing()

    def resume_transport(self) -> None:
        self.transport.resumeProducing()

    def pass_on(self, data: bytes) -> None:
        self.data += data
        super().consumeData()

    def deliver(self, message: dict[str, Any]) -> None:
        if not self.muted:
            self.application_queue.put_nowait(message)

    def end_too_large(self) -> None:
        self._fail_connection(self.CLOSE_STATUS_CODE_MESSAGE_TOO_BIG, "message too large")

    def check_timeouts(self) -> None:
        """Refuse a socket that is not accepted in time. Daphne's own method would also send its pings."""
        if self.state == self.STATE_CONNECTING:
            super().check_timeouts()

    def send_now(self, text: str) -> bool:
        """See server.sockets."""
        can_send: bool = self._client.is_taking and self.state == self.STATE_OPEN
        if can_send:
            self._send_frame(text_frame(text))
        return can_send

    async def send_text(self, text: str) -> None:
        """Send `text` once the client takes what it is sent. Raises SocketGone."""
        if not self._client.is_taking:
            await self._client.wait()
        if self.state != self.STATE_OPEN:
            raise SocketGone
        # Not through autobahn: its way from a text to the transport costs several times as much as the rest.
        self._send_frame(text_frame(text))

    # Called by the pulse.

    def send_ping(self, payload: bytes) -> bool:
        if can_send := self.takes_frames:
            self._send_frame(ping_frame(payload))
        return can_send

    def drop(self) -> None:
        self.dropConnection(abort=True)

    @property
    def kernel_socket(self) -> Any:
        return self.transport.getHandle()

    @property
    def unsent_bytes(self) -> int:
        return self._outgoing.unsent_bytes if self._outgoing else 0

    def _send_frame(self, frame: bytes) -> None:
        assert self._outgoing
        self._outgoing.send(frame)
        self.pulse.written += len(frame)

    # Called by the shutdown, as are some methods of Reading.

    def ask_last(self, then: Callable[[], None]) -> None:
        self.pulse.ask_last(then)

    def begin_closing(self, code: int) -> None:
        self.sendCloseFrame(code=code)

    @property
    def idle(self) -> bool:
        return self.has_handled_all


def asked_by(opening: Opening, peer: str | None) -> ConnectionRequest:
    """The request as Autobahn tells of it. Nobody asks for the parameters: Daphne has the query."""
    host, path, _, fields = opening
    return ConnectionRequest(peer, fields, host, path, {}, VERSION, "", [], [])  # type: ignore[no-untyped-call]


def with_options(protocol: type[WebSocketProtocol], factory: Any) -> type[WebSocketProtocol]:
    """The same protocol, with the factory's options as attributes of the class. Autobahn copies some thirty
    of them to each new socket, and then formats them for a debug message. This takes an eighth of a login's
    time."""
    options = {name: getattr(factory, name) for name in protocol.CONFIG_ATTRS}
    kept = {name: staticmethod(value) if callable(value) else value for name, value in options.items()}
    return type(protocol.__name__, (protocol,), {**kept, "CONFIG_ATTRS": ()})
