"""Daphne, with limits on what a client can make it hold, and a shutdown that loses nothing.

It adds to Daphne: its sockets and requests are ours (see `daphne_socket` and `daphne_http`). A shutdown
handles what was read, writes it and says goodbye.
"""

# First, because it installs the reactor that all of Twisted uses from then on.
import daphne.server  # isort: skip

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any

import daphne.http_protocol
from twisted.internet import defer, reactor

from server.daphne_http import HTTPFactory
from server.daphne_socket import WebSocketProtocol
from server.intake import Intake
from server.mailbox import Mailbox
from server.shutdown import Work, give_notice, shut_down

logger = logging.getLogger(__name__)

# How often each connection is checked for timeouts, and how many are checked in one step of the event loop.
CHECK_SECONDS = 2.0
CHECKED_AT_ONCE = 32
# How many connections are accepted in one step of the event loop. Twisted raises its number by 20 in each
# step that reaches it, and everybody else waits behind all of these handshakes.
ACCEPTED_AT_ONCE = 4
# What every scope says of the interface.
_ASGI = {"version": "3.0"}


class Server(daphne.server.Server):  # type: ignore[misc]
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
        super().__init__(application, **options)
        self.on_serving = on_serving
        self.ports: list[Any] = []
        self.failure: str | None = None
        # Whether a thread still waits for the database. It would keep the process from ending.
        self.is_stuck = False

    def run(self) -> None:
        _measure_steadily()
        super().run()

    @property
    def http_factory(self) -> Any:
        """Makes the connections."""
        return self._http_factory

    @http_factory.setter
    def http_factory(self, _: Any) -> None:
        self._http_factory = HTTPFactory(self)

    def listen_success(self, port: Any) -> None:
        self.ports.append(port)
        port.doRead = partial(accept_a_few, port)
        super().listen_success(port)
        # Later, when the loop runs: only then can the server answer.
        later: Any = reactor
        later.callLater(0, self.on_serving, port.getHost().host, port.getHost().port)

    def listen_error(self, failure: Any) -> None:
        self.failure = failure.getErrorMessage()
        self.stop()

    def create_application(self, protocol: Any, scope: Any) -> Mailbox:
        """Start the application of a request; return where its messages are put. Daphne's own method takes a
        queue of asyncio."""
        scope["asgi"] = _ASGI
        mailbox = Mailbox()
        receive, send = partial(protocol.receive, mailbox.get), partial(self.handle_reply, protocol)
        self._start(protocol, scope, partial(self.application, receive=receive, send=send))
        return mailbox

    def begin_socket(self, socket: WebSocketProtocol, scope: dict[str, Any]) -> None:
        """Start the application of a socket."""
        self.protocol_connected(socket)
        self._start(socket, scope, partial(socket.run, self.application))

    async def handle_reply(self, protocol: Any, message: Any) -> None:
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

    def _start(self, protocol: Any, scope: Any, run: Any) -> None:
        # Daphne accepts a root path that a client names; only our own setting may name it.
        scope["root_path"] = self.root_path
        scope[self.intake.mark] = True
        running = asyncio.get_running_loop().create_task(run(scope))
        self.connections[protocol]["application_instance"] = running

    def _check(self, due: "deque[Any]", pause: float) -> None:
        if self.closing:
            return  # sockets are not read any more, so no client can answer
        for _ in range(min(len(due), CHECKED_AT_ONCE)):
            protocol = due.popleft()
            if protocol in self.connections and not isinstance(protocol, WebSocketProtocol):
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
            and protocol.takes_frames
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


def accept_a_few(port: Any) -> None:
    """What a port of Twisted does when clients wait to connect, for at most `ACCEPTED_AT_ONCE` of them."""
    port.numberAccepts = ACCEPTED_AT_ONCE
    type(port).doRead(port)


def _measure_steadily() -> None:
    """Give Daphne and Twisted the monotonic clock, which they use for durations only. They measure these with
    the time of day. If the clock steps ahead, all requests would look late; if it steps back an hour, nothing
    would be looked after for an hour."""
    steady: Any = SimpleNamespace(time=time.monotonic)
    daphne.server.time = daphne.http_protocol.time = steady
    timing: Any = reactor
    timing.seconds = time.monotonic
