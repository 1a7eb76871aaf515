"""Sockets whose connections uvicorn has.

uvicorn is told of this class, makes one for each socket, and keeps those that are connected and the tasks
that serve them, for its shutdown. Its own pings, and the options for them, are not used.
"""

import asyncio
import logging
import socket
from typing import Any

from server.backpressure import Backpressure
from server.departures import departures_here
from server.handshake import Asked, acceptance
from server.pulse import UNSENT_BYTES
from server.web_socket import OPEN, WebSocket

# Where uvicorn says who connects.
_connecting = logging.getLogger("uvicorn.error")

_ACCEPTED = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"


def address_of(transport: Any) -> str:
    """The address of the other end; empty if it has none."""
    peer = transport.get_extra_info("peername")
    return peer[0] if isinstance(peer, tuple) else ""


class WebSocketProtocol(WebSocket, asyncio.Protocol):
    """One socket. uvicorn makes it, with these arguments."""

    __slots__ = (
        "_app_state",
        "_client",
        "_config",
        "_departures",
        "_server_state",
        "_unsent",
        "_unsent_bytes",
        "transport",
    )

    closing_seconds = 10.0

    def __init__(self, config: Any, server_state: Any, app_state: Any, _loop: Any = None) -> None:
        super().__init__()
        self._config, self._server_state, self._app_state = config, server_state, app_state
        self._departures = departures_here()
        self._client = Backpressure(self.take_answers)
        # What leaves at the end of the step.
        self._unsent: list[bytes] = []
        self._unsent_bytes = 0

    # Called by uvicorn and its transport.

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self._server_state.connections.add(self)

    def data_received(self, data: bytes) -> None:
        self.take(data)

    def pause_writing(self) -> None:
        self._client.pauseProducing()

    def resume_writing(self) -> None:
        self._client.resumeProducing()

    def connection_lost(self, _: Exception | None) -> None:
        self._server_state.connections.discard(self)
        self._client.stopProducing()
        self._forget()
        self.lost()

    def shutdown(self) -> None:
        """Called by uvicorn when it ends. It waits until the connection is closed."""
        if self.state == OPEN:
            self.ask_last(self.say_goodbye)
        else:
            self.say_goodbye()

    # Called by the socket.

    def start(self, asked: Asked) -> None:
        config = self._config
        scope = self.scope(
            asked,
            client=_pair(self.transport.get_extra_info("peername")),
            server=_pair(self.transport.get_extra_info("sockname")),
            scheme="wss" if self.transport.get_extra_info("sslcontext") else "ws",
            root_path=config.root_path,
            state=self._app_state.copy(),
        )
        scope["path"] = config.root_path + scope["path"]
        scope["raw_path"] = config.root_path.encode("ascii") + scope["raw_path"]
        tasks = self._server_state.tasks
        task = asyncio.get_running_loop().create_task(self.run(config.loaded_app, scope))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    def acceptance(self, asked: Asked, message: Any) -> bytes:
        _connecting.info('%s - "WebSocket %s" [accepted]', address_of(self.transport), asked.path)
        headers = (*self._server_state.default_headers, *message.get("headers", ()))
        return acceptance(_ACCEPTED, asked.key, message.get("subprotocol"), headers)

    def limit_unsent(self) -> None:
        self.transport.set_write_buffer_limits(UNSENT_BYTES)

    def join(self, frame: bytes) -> None:
        if not self._unsent:
            self._departures.add(self)
        self._unsent.append(frame)
        self._unsent_bytes += len(frame)
        if self._unsent_bytes > UNSENT_BYTES:
            self.flush()

    def flush(self) -> None:
        """Write everything that was sent so far."""
        if self._unsent:
            joined = b"".join(self._unsent)
            self._forget()
            if not self.transport.is_closing():
                self.transport.write(joined)

    def end(self) -> None:
        self.flush()
        self.transport.close()

    def abort(self) -> None:
        self._forget()
        self.transport.abort()

    async def taking(self) -> None:
        await self._client.wait()

    @property
    def is_taking(self) -> bool:
        return self._client.is_taking

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
    def kernel_socket(self) -> socket.socket | None:
        found: socket.socket | None = self.transport.get_extra_info("socket")
        return found

    @property
    def unsent_bytes(self) -> int:
        return self._unsent_bytes + int(self.transport.get_write_buffer_size())

    def _forget(self) -> None:
        self._unsent.clear()
        self._unsent_bytes = 0


def _pair(address: Any) -> tuple[str, int] | None:
    """The host and the port of an address; None if it has none."""
    return (str(address[0]), int(address[1])) if isinstance(address, tuple) else None
