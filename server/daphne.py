"""Daphne, with limits on what a client can make it hold, and a shutdown that loses nothing.

It adds to Daphne: a socket is read no further than it should be (see `reading`). Sending waits for a client
that does not take what it is sent. Pings ask whether what was sent has arrived (see `pulse`). A goodbye is
answered when what it confirms is stored. Sending to a socket that is gone raises an error. A shutdown handles
what was read, writes it and says goodbye.
"""

# First, because it installs the reactor that all of Twisted uses from then on.
from daphne.server import Server as DaphneServer  # isort: skip

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from daphne.ws_protocol import WebSocketProtocol as DaphneProtocol
from twisted.internet import defer, reactor

from server import kernel
from server.backpressure import Backpressure
from server.close_codes import IOS_GOODBYE, as_standard
from server.daphne_http import HTTPFactory
from server.frames import ping_frame, text_frame
from server.goodbye import Goodbye
from server.intake import Intake
from server.link import LINK
from server.mailbox import Mailbox
from server.messages import is_utf8
from server.monotonic import measure_steadily
from server.outgoing import Outgoing, departures_here
from server.pulse import UNSENT_BYTES, Pulse, rounds_here
from server.quiet import colour_nothing
from server.reading import LARGEST_MESSAGE, Reading
from server.shutdown import Work, give_notice, shut_down
from server.sockets import SOCKET

logger = logging.getLogger(__name__)

# How often each connection is checked for timeouts, and how many are checked in one step of the event loop.
CHECK_SECONDS = 2.0
CHECKED_AT_ONCE = 32
# What every scope says of the interface.
_ASGI = {"version": "3.0"}


class SocketGone(OSError):
    """The client is gone, so nothing can be sent to it any more."""


class WebSocketProtocol(Reading, DaphneProtocol):  # type: ignore[misc]
    """One socket. It is also the wire of its pulse."""

    data: bytes
    # Whether the client has sent the iOS app's close code.
    _says_ios_goodbye = False
    # None before the request is known to be for a socket.
    _outgoing: Outgoing | None = None

    def onConnect(self, request: Any) -> Any:  # noqa: N802
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
        if self.state == self.STATE_CONNECTING:
            super().consumeData()
        else:  # autobahn has just opened it; this data came with the handshake
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

    @property
    def is_taking(self) -> bool:
        return self._client.is_taking

    @property
    def hears_messages(self) -> bool:
        return bool(self.state == self.STATE_OPEN and not self._goodbye)

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
        if is_open := bool(self.state == self.STATE_OPEN):
            self._send_frame(ping_frame(payload))
        return is_open

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

    def begin_closing(self, code: int) -> None:
        self.sendCloseFrame(code=code)

    @property
    def idle(self) -> bool:
        return self.has_handled_all


def _with_options(protocol: type[WebSocketProtocol], factory: Any) -> type[WebSocketProtocol]:
    """The same protocol, with the factory's options as attributes of the class. Autobahn copies some thirty
    of them to each new socket, and then formats them for a debug message. This takes an eighth of a login's
    time."""
    options = {name: getattr(factory, name) for name in protocol.CONFIG_ATTRS}
    kept = {name: staticmethod(value) if callable(value) else value for name, value in options.items()}
    return type(protocol.__name__, (protocol,), {**kept, "CONFIG_ATTRS": ()})


class Server(DaphneServer):  # type: ignore[misc]
    """Daphne's server with the additions of this module. `run()` returns after SIGTERM or SIGINT."""

    closing = False

    def __init__(
        self,
        application: Any,
        *,
        heartbeat_seconds: float,
        intake: Intake,
        work: Work,
        on_serving: Callable[[str, int], None],
        **options: Any,
    ) -> None:
        self.heartbeat_seconds = heartbeat_seconds
        self.intake = intake
        self._work = work
        super().__init__(
            application,
            websocket_timeout=-1,
            websocket_max_message_size=LARGEST_MESSAGE,
            websocket_max_frame_size=LARGEST_MESSAGE,
            server_name="im66",
            **options,
        )
        self.on_serving = on_serving
        self.ports: list[Any] = []
        self.failure: str | None = None
        # Whether a thread still waits for the database. It would keep the process from ending.
        self.is_stuck = False

    def run(self) -> None:
        measure_steadily()
        colour_nothing()
        super().run()

    @property
    def ws_factory(self) -> Any:
        """Makes the sockets."""
        return self._ws_factory

    @ws_factory.setter
    def ws_factory(self, factory: Any) -> None:
        factory.protocol = WebSocketProtocol
        self._ws_factory = factory

    @property
    def http_factory(self) -> Any:
        """Makes the connections."""
        return self._http_factory

    @http_factory.setter
    def http_factory(self, _: Any) -> None:
        self._http_factory = HTTPFactory(self)

    def listen_success(self, port: Any) -> None:
        self._ws_factory.protocol = _with_options(WebSocketProtocol, self._ws_factory)
        self.ports.append(port)
        super().listen_success(port)
        # Later, when the loop runs: only then can the server answer.
        later: Any = reactor
        later.callLater(0, self.on_serving, port.getHost().host, port.getHost().port)

    def listen_error(self, failure: Any) -> None:
        self.failure = failure.getErrorMessage()
        self.stop()

    def create_application(self, protocol: Any, scope: Any) -> Mailbox:
        """Start the application of `protocol`; return where its messages are put. Daphne's own method takes a
        queue of asyncio."""
        # Daphne accepts a root path that a client names; only our own setting may name it.
        scope["root_path"] = self.root_path
        scope["asgi"] = _ASGI
        scope[self.intake.mark] = True
        if isinstance(protocol, WebSocketProtocol):
            scope["extensions"] = {SOCKET: protocol, LINK: protocol.pulse}
        mailbox = Mailbox()
        running = asyncio.get_running_loop().create_task(self._run(protocol, scope, mailbox))
        self.connections[protocol]["application_instance"] = running
        return mailbox

    async def handle_reply(self, protocol: Any, message: Any) -> None:
        if message["type"] == "websocket.send" and (text := message.get("text")) is not None:
            await protocol.send_text(text)
            return
        if message["type"] == "http.response.body":
            await protocol.writable()
        await super().handle_reply(protocol, message)

    def timeout_checker(self) -> None:
        """Do what Daphne does for all sockets in one step, but spread it over the time between two rounds.
        Otherwise clients that came at the same time, as all do after a restart, would be due and answer at
        the same time."""
        due = deque(self.connections)
        self._check(due, CHECK_SECONDS * CHECKED_AT_ONCE / max(len(due), CHECKED_AT_ONCE))

    def kill_all_applications(self) -> Any:
        """Daphne calls this first when it is told to stop. Instead of killing the applications, let them
        finish."""
        done = defer.Deferred.fromFuture(asyncio.ensure_future(self._shut_down()))
        return done.addErrback(lambda failure: logger.error("The shutdown failed: %s", failure))

    async def _run(self, protocol: Any, scope: Any, mailbox: Mailbox) -> None:
        receive = partial(protocol.receive, mailbox.get)
        try:
            await self.application(scope, receive, partial(self.handle_reply, protocol))
        finally:
            if isinstance(protocol, WebSocketProtocol):
                protocol.answer_goodbye()

    def _check(self, due: "deque[Any]", pause: float) -> None:
        if self.closing:
            return  # sockets are not read any more, so no client can answer
        for _ in range(min(len(due), CHECKED_AT_ONCE)):
            protocol = due.popleft()
            if protocol in self.connections:
                protocol.check_timeouts()
        loop = asyncio.get_running_loop()
        if due:
            loop.call_later(pause, self._check, due, pause)
        else:
            loop.call_later(pause, self.timeout_checker)

    async def _shut_down(self) -> None:
        await give_notice(self._work)
        self.closing = True
        if not await shut_down(self, self._work):
            self.is_stuck = True
            self.failure = "The database does not answer. What was accepted last may not be written."

    # Called by the shutdown.

    def stop_listening(self) -> None:
        for port in self.ports:
            port.stopListening()

    def sockets(self) -> list[WebSocketProtocol]:
        return [
            protocol
            for protocol, details in self.connections.items()
            if isinstance(protocol, WebSocketProtocol)
            and "disconnected" not in details
            and protocol.state == protocol.STATE_OPEN
        ]

    def has_requests(self) -> bool:
        return any(
            not isinstance(protocol, WebSocketProtocol) and "disconnected" not in details
            for protocol, details in self._running()
        )

    def has_running(self) -> bool:
        return bool(self._running())

    def _running(self) -> list[Any]:
        return [
            (protocol, details)
            for protocol, details in self.connections.items()
            if (application := details.get("application_instance")) and not application.done()
        ]
