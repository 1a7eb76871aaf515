"""Daphne, with bounds on what a client can make it hold, and an end that loses nothing.

What it adds to Daphne: a socket is not read further while its frames wait to be handled; sending waits for a
client that does not take what it is sent; a socket that is gone is reported to whoever sends to it; and a
shutdown that takes in what was read, writes it out and says goodbye.
"""

# First, for it installs the reactor that everything of Twisted's uses from then on.
from daphne.server import Server as DaphneServer  # isort: skip

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable
from functools import partial
from string import printable
from typing import Any
from urllib.parse import quote

from daphne.ws_protocol import WebSocketProtocol as DaphneProtocol
from twisted.internet import defer
from twisted.web import http

from chat import runtime
from im66.backpressure import Backpressure
from im66.bodies import HTTPFactory
from im66.frames import text_frame
from im66.steady import measure_steadily
from uploads.holding import HELD

logger = logging.getLogger(__name__)

# A socket with more unhandled frames than the first is not read until it has fewer than the second.
UNHANDLED_HIGH, UNHANDLED_LOW = 64, 16
# A larger frame is not even taken in to be refused: the connection ends.
LARGEST_FRAME = 16 * 1024 * 1024
SERVICE_RESTART = 1012
IOS_GOODBYE = 1999
SHUTDOWN_SECONDS = 20.0
GOODBYE_SECONDS = 3.0
WRITE_SECONDS = 10.0
POLL_SECONDS = 0.02
# How often each socket is looked at for a ping that is due, and how many in one step of the event loop.
CHECK_SECONDS = 2.0
CHECKED_AT_ONCE = 32


class SocketGone(OSError):
    """There is nobody to send to any more."""


class WebSocketProtocol(DaphneProtocol):  # type: ignore[misc]
    """One socket."""

    autoPingTimeoutCall: Any  # noqa: N815

    def onConnect(self, request: Any) -> Any:  # noqa: N802
        self.unhandled = 0
        self.waits_for_frame = False
        self._client = Backpressure()
        return super().onConnect(request)

    def onOpen(self) -> None:  # noqa: N802
        # Until the upgrade the transport told the HTTP channel how full it was.
        self.transport.unregisterProducer()
        self.transport.registerProducer(self._client, True)
        super().onOpen()

    def onMessage(self, payload: bytes, isBinary: bool) -> None:  # noqa: N802, N803
        self.unhandled += 1
        if self.unhandled == UNHANDLED_HIGH:
            self.transport.pauseProducing()
        super().onMessage(payload, isBinary)

    def onCloseFrame(self, code: int | None, reasonRaw: bytes | None) -> Any:  # noqa: N802, N803
        # The iOS app says goodbye with a code that the standard reserves. And a client that answers our own
        # goodbye has read all that went before it, which is as good as one of its own.
        return super().onCloseFrame(1000 if code in (IOS_GOODBYE, SERVICE_RESTART) else code, reasonRaw)

    def onClose(self, wasClean: bool, code: int | None, reason: str | None) -> None:  # noqa: N802, N803
        self._client.stopProducing()
        super().onClose(wasClean, code, reason)
        # It holds this socket. Only the garbage collector, which stops everybody, would take that apart.
        self.is_closed = None

    async def receive(self, receive: Callable[[], Any]) -> Any:
        """The application's next message."""
        self.waits_for_frame = True
        message = await receive()
        self.waits_for_frame = False
        if message["type"] == "websocket.receive":
            self.unhandled -= 1
            if self.unhandled == UNHANDLED_LOW and not self.server.closing:
                self.transport.resumeProducing()
        return message

    def stop_reading(self) -> None:
        """Take nothing more in: neither frames nor the answer to a ping, so do without that."""
        self.transport.pauseProducing()
        if self.autoPingTimeoutCall:
            self.autoPingTimeoutCall.cancel()
            self.autoPingTimeoutCall = None

    async def send_text(self, text: str) -> None:
        """Send it once the client takes what it is sent. Raises SocketGone."""
        if not self._client.is_taking:
            await self._client.wait()
        if self.state != self.STATE_OPEN:
            raise SocketGone
        # Past autobahn, whose way from a text to the transport costs several times all the rest.
        self.transport.write(text_frame(text))

    @property
    def idle(self) -> bool:
        """Whether the application has handled everything that was read."""
        return self.waits_for_frame and self.application_queue.empty()


def _with_options(protocol: type[WebSocketProtocol], factory: Any) -> type[WebSocketProtocol]:
    """The same protocol, with the factory's options in the class. Autobahn copies some thirty of them to each
    new socket, and then lays them out for a debug message, which takes an eighth of a login's time."""
    options = {name: getattr(factory, name) for name in protocol.CONFIG_ATTRS}
    kept = {name: staticmethod(value) if callable(value) else value for name, value in options.items()}
    return type(protocol.__name__, (protocol,), {**kept, "CONFIG_ATTRS": ()})


class HTTPChannel(http.HTTPChannel):
    """One connection, before it is known whether it becomes a socket."""

    def lineReceived(self, line: bytes) -> None:  # noqa: N802
        # Clients write names into a URL as they are (seed: `name=我的群`); Twisted takes ASCII alone.
        if line.endswith((b" HTTP/1.1", b" HTTP/1.0")) and not line.isascii():
            line = quote(line, safe=printable).encode()
        super().lineReceived(line)  # type: ignore[no-untyped-call]


class Server(DaphneServer):  # type: ignore[misc]
    """See the module. `run()` returns after SIGTERM or SIGINT."""

    closing = False

    def __init__(
        self,
        application: Any,
        *,
        heartbeat_seconds: float,
        on_listening: Callable[[str, int], None],
        **options: Any,
    ) -> None:
        # A dead client must be found out before a second heartbeat takes what it was sent for delivered.
        third = max(2.0, heartbeat_seconds / 3)
        super().__init__(
            self._with_protocol(application),
            ping_interval=third,
            ping_timeout=third - 0.5,
            websocket_timeout=-1,
            websocket_max_message_size=LARGEST_FRAME,
            websocket_max_frame_size=LARGEST_FRAME,
            server_name="im66",
            **options,
        )
        self.on_listening = on_listening
        self.ports: list[Any] = []
        self.failure: str | None = None
        # Whether a thread still waits for the database, and would keep the process from its end.
        self.is_stuck = False

    def run(self) -> None:
        measure_steadily()
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
        factory = HTTPFactory(self)
        factory.protocol = lambda: http._GenericHTTPChannelProtocol(HTTPChannel())  # type: ignore[no-untyped-call]
        self._http_factory = factory

    def listen_success(self, port: Any) -> None:
        self._ws_factory.protocol = _with_options(WebSocketProtocol, self._ws_factory)
        self.ports.append(port)
        super().listen_success(port)
        self.on_listening(port.getHost().host, port.getHost().port)

    def listen_error(self, failure: Any) -> None:
        self.failure = failure.getErrorMessage()
        self.stop()

    def create_application(self, protocol: Any, scope: Any) -> Any:
        # Daphne believes a client that names the root path; only our own setting may.
        scope["root_path"] = self.root_path
        scope["im66.protocol"] = protocol
        scope[HELD] = True
        return super().create_application(protocol, scope)

    async def handle_reply(self, protocol: Any, message: Any) -> None:
        if message["type"] == "websocket.send" and message.get("text") is not None:
            await protocol.send_text(message["text"])
            return
        if message["type"] == "http.response.body":
            await protocol.writable()
        await super().handle_reply(protocol, message)

    def timeout_checker(self) -> None:
        """What Daphne does for all sockets in one step, spread over the time between two rounds. Those who
        came at the same time, as all do after a restart, are due at the same time, and answer."""
        due = deque(self.connections)
        self._check(due, CHECK_SECONDS * CHECKED_AT_ONCE / max(len(due), CHECKED_AT_ONCE))

    def kill_all_applications(self) -> Any:
        """What Daphne does first when it is told to stop: instead, let them finish."""
        self.closing = True
        done = defer.Deferred.fromFuture(asyncio.ensure_future(self._shut_down()))
        return done.addErrback(lambda failure: logger.error("The shutdown failed: %s", failure))

    @staticmethod
    def _with_protocol(application: Any) -> Any:
        async def wrapped(scope: Any, receive: Any, send: Any) -> None:
            protocol = scope.pop("im66.protocol")
            await application(scope, partial(protocol.receive, receive), send)

        return wrapped

    def _check(self, due: "deque[Any]", pause: float) -> None:
        if self.closing:
            return  # nobody is read any more, so nobody can answer
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
        deadline = time.monotonic() + SHUTDOWN_SECONDS
        for port in self.ports:
            port.stopListening()
        for socket in self._sockets():
            socket.stop_reading()
        await _until(lambda: all(socket.idle for socket in self._sockets()), deadline)
        await _until(lambda: not self._requests(), deadline)
        is_written = await _within(WRITE_SECONDS, runtime.drain_current())
        for socket in self._sockets():
            socket.transport.resumeProducing()
            socket.sendCloseFrame(code=SERVICE_RESTART)
        await _until(lambda: not self._sockets(), time.monotonic() + GOODBYE_SECONDS)
        for socket in self._sockets():
            socket.dropConnection(abort=True)
        await _until(lambda: not self._running(), time.monotonic() + GOODBYE_SECONDS)
        if not (is_written and await _within(WRITE_SECONDS, runtime.close_current())):
            self.is_stuck = True
            self.failure = "The database does not answer. What was accepted last may not be written."

    def _sockets(self) -> list[WebSocketProtocol]:
        return [
            protocol
            for protocol, details in self.connections.items()
            if isinstance(protocol, WebSocketProtocol)
            and "disconnected" not in details
            and protocol.state == protocol.STATE_OPEN
        ]

    def _requests(self) -> list[Any]:
        return [
            protocol
            for protocol, details in self._running()
            if not isinstance(protocol, WebSocketProtocol) and "disconnected" not in details
        ]

    def _running(self) -> list[Any]:
        return [
            (protocol, details)
            for protocol, details in self.connections.items()
            if (application := details.get("application_instance")) and not application.done()
        ]


async def _within(seconds: float, waiting: Awaitable[None]) -> bool:
    """Whether it came to its end in time."""
    try:
        await asyncio.wait_for(waiting, seconds)
    except TimeoutError:
        return False
    return True


async def _until(condition: Callable[[], bool], deadline: float) -> None:
    # Daphne tells of none of these conditions when it comes true.
    while not condition() and time.monotonic() < deadline:  # noqa: ASYNC110
        await asyncio.sleep(POLL_SECONDS)
