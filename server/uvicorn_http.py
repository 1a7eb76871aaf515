"""uvicorn's connections, until it is known what they are for.

uvicorn takes each for HTTP: it reads the request, makes a socket if one is asked for, and writes the request
down for the socket to read. This is a fifth of the work of a login. Here the usual request of an app makes a
socket at once. Everything else goes to uvicorn's HTTP side as it came. uvicorn waits for a request for ever;
here a connection is ended if the head of a request does not come in time.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from server import descriptors, opening
from server.arrivals import arrivals
from server.handshake import asked_usually
from server.opening import END_OF_HEAD, usual_opening
from server.uvicorn import WebSocketProtocol, address_of

# The most that the request line and all headers take together, unless an option of uvicorn's says it.
HEAD_BYTES = 64 * 1024


class HttpProtocol(asyncio.Protocol):
    """One connection, until its first bytes arrive. uvicorn makes it, with these arguments."""

    def __init__(self, config: Any, server_state: Any, app_state: Any, _loop: Any = None) -> None:
        self._made_of = {"config": config, "server_state": server_state, "app_state": app_state}
        self._connections = server_state.connections
        sockets = config.ws_protocol_class
        self._sockets = sockets if sockets and issubclass(sockets, WebSocketProtocol) else None

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._connections.add(self)
        self._late = asyncio.get_running_loop().call_later(opening.HEAD_SECONDS, transport.abort)
        socket = transport.get_extra_info("socket")
        if socket and descriptors.are_short(socket.fileno()):
            transport.close()

    def data_received(self, data: bytes) -> None:
        _in_turn(self._transport, self._begin, data)

    def _begin(self, data: bytes) -> None:
        # Frames may come with the request.
        end = data.find(END_OF_HEAD) + len(END_OF_HEAD)
        opened = usual_opening(data[:end]) if self._sockets else None
        if opened:
            socket = self._hand_over_to(self._sockets)
            socket.begin(asked_usually(opened))
            if end < len(data):
                socket.data_received(data[end:])
        else:
            self._hand_over_to(Calls).read(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._late.cancel()
        self._connections.discard(self)

    def shutdown(self) -> None:
        """Called by uvicorn when it ends."""
        self._transport.close()

    def _hand_over_to(self, protocol: Any) -> Any:
        self._late.cancel()
        self._connections.discard(self)
        made = protocol(**self._made_of)
        made.connection_made(self._transport)
        self._transport.set_protocol(made)
        return made


class _OneLength(h11.Connection):
    """Refuses a request whose end may be read in two ways. h11 would ignore the length if the body comes in
    chunks; a proxy in front that does not could be led to take a body for the next client's request."""

    def next_event(self) -> Any:
        event = super().next_event()
        if isinstance(event, h11.Request):
            names = {name for name, _ in event.headers}
            if names >= {b"transfer-encoding", b"content-length"}:
                raise h11.RemoteProtocolError("the end of the body is not clear")
        return event


class Calls(H11Protocol):
    """uvicorn's HTTP side of one connection."""

    _late: asyncio.TimerHandle | None = None

    def __init__(self, config: Any, *arguments: Any, **options: Any) -> None:
        super().__init__(config, *arguments, **options)
        self.conn = _OneLength(h11.SERVER, config.h11_max_incomplete_event_size or HEAD_BYTES)

    def data_received(self, data: bytes) -> None:
        _in_turn(self.transport, self.read, data)

    def read(self, data: bytes) -> None:
        """What has had its turn."""
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._stop_waiting()
        elif not self._late:
            # A part of a head is there. Between two requests uvicorn waits for a few seconds only.
            self._late = self.loop.call_later(opening.HEAD_SECONDS, self.transport.abort)

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        super().handle_websocket_upgrade(event)
        early, _ = self.conn.trailing_data
        # Frames that came with the request.
        if early and isinstance(socket := self.transport.get_protocol(), WebSocketProtocol):
            socket.data_received(early)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def _stop_waiting(self) -> None:
        if self._late:
            self._late.cancel()
            self._late = None


def _in_turn(transport: Any, read: Callable[[bytes], None], data: bytes) -> None:
    """Read this at once or when it is its turn. Nothing more arrives meanwhile."""
    if arrivals().may_go_on():
        read(data)
        return

    def go_on() -> None:
        if not transport.is_closing():
            transport.resume_reading()
            read(data)

    transport.pause_reading()
    arrivals().wait(address_of(transport), go_on)
