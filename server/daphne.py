"""Daphne, with limits on the memory that a client can take, and a shutdown that loses nothing.

Its connections, sockets and requests are our own (see `connection`, `web_socket` and `request`). A shutdown
handles everything that was read, writes it, and says goodbye to the clients.
"""

# First, because it installs the reactor that all of Twisted uses from then on, unless there is one already.
import daphne.server  # isort: skip

import asyncio
import logging
import socket
import time
from collections.abc import Callable, Iterator
from functools import partial
from types import SimpleNamespace
from typing import Any

import daphne.http_protocol
from twisted.internet import defer, reactor

from server.connection import Connection
from server.intake import Intake
from server.mailbox import Mailbox
from server.shutdown import Work, give_notice, shut_down
from server.web_socket import OPEN, WebSocket

logger = logging.getLogger(__name__)

# How many connections may wait to be accepted. After a restart all clients reconnect at once, and a client
# that is not queued tries again after a second.
BACKLOG = 1024
# Daphne requires endpoints in its constructor, but asyncio listens, not Twisted.
_NO_ENDPOINTS = [""]
# The version of the interface, for every scope.
_ASGI = {"version": "3.0"}


class Server(daphne.server.Server):  # type: ignore[misc]
    """Daphne's server with the changes of this module. `run()` returns after SIGTERM or SIGINT."""

    def __init__(
        self,
        application: Any,
        *,
        heartbeat_seconds: float,
        intake: Intake,
        work: Work,
        listener: socket.socket,
        on_serving: Callable[[str, int], None],
    ) -> None:
        """`on_serving` is called with the address and the port of the listener, when it accepts
        connections."""
        self.heartbeat_seconds = heartbeat_seconds
        self.intake = intake
        self._work = work
        super().__init__(application, endpoints=_NO_ENDPOINTS)
        self.endpoints: list[str] = []
        self._listener, self._on_serving = listener, on_serving
        self._listening: asyncio.Server | None = None
        # The applications of WebSockets; not in `connections`, all of which Daphne looks at each second.
        self._web_sockets: dict[WebSocket, asyncio.Task[None]] = {}
        self._is_replaced = False
        # Whether a thread still waits for the database, which would keep the process from ending.
        self.is_stuck = False

    def run(self) -> None:
        _use_monotonic_clock()
        # As soon as the loop runs.
        untyped_reactor: Any = reactor
        untyped_reactor.callLater(0, lambda: asyncio.ensure_future(self._listen()))
        super().run()

    def end_replaced(self) -> None:
        """Shut down without a notice, because another process continues to serve at the same address."""
        self._is_replaced = True

    async def _listen(self) -> None:
        connect, loop = partial(Connection, self), asyncio.get_running_loop()
        self._listening = await loop.create_server(connect, sock=self._listener, backlog=BACKLOG)
        self._on_serving(*self._listener.getsockname()[:2])

    def create_application(self, protocol: Any, scope: Any) -> Mailbox:
        """Start the application of a request, and return its mailbox. Daphne's own method uses an
        asyncio.Queue."""
        scope["asgi"] = _ASGI
        mailbox = Mailbox()
        receive, send = partial(protocol.receive, mailbox.get), partial(self.handle_reply, protocol)
        run = partial(self.application, receive=receive, send=send)
        self.connections[protocol]["application_instance"] = self._start(scope, run)
        return mailbox

    def begin_socket(self, web_socket: WebSocket, scope: dict[str, Any]) -> None:
        """Start the application of a socket."""
        self._web_sockets[web_socket] = self._start(scope, partial(web_socket.run, self.application))

    def end_socket(self, web_socket: WebSocket) -> None:
        """Forget a socket whose connection is lost. Its application is cancelled if it does not end in
        time."""
        application = self._web_sockets.get(web_socket)
        if application is None or application.done():
            self._web_sockets.pop(web_socket, None)
            return
        loop = asyncio.get_running_loop()
        timer = loop.call_later(self.application_close_timeout, _cancel_late, application)

        def forget(_: object) -> None:
            timer.cancel()
            self._web_sockets.pop(web_socket, None)

        application.add_done_callback(forget)

    async def handle_reply(self, protocol: Any, message: Any) -> None:
        if message["type"] == "http.response.body":
            await protocol.wait_until_writable()
        await super().handle_reply(protocol, message)

    def timeout_checker(self) -> None:
        """Do nothing: Daphne checks all connections here, but ours have timers of their own."""

    def kill_all_applications(self) -> Any:
        """Let the applications finish instead of killing them. Daphne calls this first at its shutdown."""
        done = defer.Deferred.fromFuture(asyncio.ensure_future(self._shut_down()))
        return done.addErrback(lambda failure: logger.error("The shutdown failed: %s", failure))

    def _start(self, scope: Any, run: Any) -> "asyncio.Task[None]":
        # Daphne accepts a root path from a client's header; only our own setting may set it.
        scope["root_path"] = self.root_path
        scope[self.intake.mark] = True
        return asyncio.get_running_loop().create_task(run(scope))

    async def _shut_down(self) -> None:
        if self._is_replaced:
            self._work.announce()
        else:
            await give_notice(self._work)
        if not await shut_down(self, self._work):
            self.is_stuck = True

    # Called by the shutdown.

    def stop_listening(self) -> None:
        if self._listening:
            self._listening.close()

    def sockets(self) -> list[WebSocket]:
        return [web_socket for web_socket in self._web_sockets if web_socket.state == OPEN]

    def has_requests(self) -> bool:
        return any("disconnected" not in details for details in self._requests())

    def has_running(self) -> bool:
        is_running = (not application.done() for application in self._web_sockets.values())
        return any(is_running) or any(self._requests())

    def _requests(self) -> Iterator[dict[str, Any]]:
        """Return Daphne's details of the requests that are being handled."""
        for details in self.connections.values():
            if (application := details.get("application_instance")) and not application.done():
                yield details


def _cancel_late(application: "asyncio.Task[None]") -> None:
    logger.warning("The application of a closed socket took too long to end, and is cancelled.")
    application.cancel()


def _use_monotonic_clock() -> None:
    """Make Daphne and Twisted measure durations with the monotonic clock instead of the wall clock. If the
    wall clock stepped ahead, all requests would look late; if it stepped back an hour, no timeout would
    expire for an hour."""
    monotonic: Any = SimpleNamespace(time=time.monotonic)
    daphne.server.time = daphne.http_protocol.time = monotonic
    untyped_reactor: Any = reactor
    untyped_reactor.seconds = time.monotonic
