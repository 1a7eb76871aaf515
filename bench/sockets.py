"""One WebSocket connection, as cheap as possible, so that the load generator does not measure itself."""

import asyncio
import socket
from collections.abc import Callable
from typing import cast

from bench.frames import CLOSE, PING, PONG, TEXT, FrameReader, client_frame

HOST = "127.0.0.1"
ENTRY = "/entry"
# Python names it from 3.12 on.
_IP_BIND_ADDRESS_NO_PORT = 24
_GOODBYE = client_frame((1000).to_bytes(2, "big"), CLOSE)


class NotAccepted(ConnectionError):
    """The server answered the handshake with something other than an upgrade."""


class Socket(asyncio.Protocol):
    """One connection. `request`: the opening handshake. `on_text` is called with each text; set it before the
    first one."""

    def __init__(self, request: bytes, on_text: Callable[[bytes], None] | None = None) -> None:
        self.on_text = on_text or _ignore
        self.answers_pings = True
        self._request = request
        loop = asyncio.get_running_loop()
        self.accepted: asyncio.Future[None] = loop.create_future()
        self.closed: asyncio.Future[None] = loop.create_future()
        self._head: bytes | None = b""
        self._reader = FrameReader()
        self._room = asyncio.Event()
        self._room.set()
        self._transport: asyncio.Transport

    def send(self, text: bytes) -> None:
        """Write one text. Never waits: the callers limit what is in flight."""
        self.write(client_frame(text))

    def write(self, frames: bytes) -> None:
        """Write raw bytes, which need not be valid frames."""
        self._transport.write(frames)

    async def drained(self) -> None:
        """Return when the server has accepted most of what was written, or has gone."""
        await self._room.wait()

    def say_goodbye(self) -> None:
        """Begin the closing handshake; `closed` is done when it has ended."""
        if not self.closed.done():
            self._transport.write(_GOODBYE)

    async def vanish(self) -> None:
        """Break the connection without a close frame."""
        self._transport.abort()
        await self.closed

    def stall(self) -> None:
        """Read nothing more."""
        self._transport.pause_reading()

    # Called by the transport.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        if self._head is not None:
            data = self._read_head(data)
        for opcode, payload in self._reader.feed(data):
            if opcode == TEXT:
                self.on_text(payload)
            elif opcode == PING and self.answers_pings:
                self._transport.write(client_frame(payload, PONG))

    def pause_writing(self) -> None:
        self._room.clear()

    def resume_writing(self) -> None:
        self._room.set()

    def connection_lost(self, error: Exception | None) -> None:
        self._room.set()
        if not self.accepted.done():
            self.accepted.set_exception(NotAccepted("closed"))
        if not self.closed.done():
            self.closed.set_result(None)

    def _read_head(self, data: bytes) -> bytes:
        """Read the answer to the handshake; return the bytes after it."""
        assert self._head is not None
        self._head += data
        head, end, rest = self._head.partition(b"\r\n\r\n")
        if not end:
            return b""
        self._head = None
        if head.startswith(b"HTTP/1.1 101 "):
            self.accepted.set_result(None)
        else:
            self.accepted.set_exception(NotAccepted(head.split(b"\r\n")[0].decode()))
            self._transport.abort()
        return rest


async def connect(
    port: int,
    on_text: Callable[[bytes], None] | None = None,
    receive_buffer: int = 0,
    path: str = ENTRY,
    subprotocol: str = "",
    source: str = "",
) -> Socket:
    """A socket that the server has accepted. Raises OSError.

    `receive_buffer`: the bytes that the kernel may buffer for this side; 0 leaves that to the kernel.
    `source`: the loopback address it comes from. One address has 28,000 ports.
    """
    request = _request(path, subprotocol)
    plain = await raw(port, receive_buffer, source)
    loop = asyncio.get_running_loop()
    _, opened = await loop.create_connection(lambda: Socket(request, on_text), sock=plain)
    await opened.accepted
    return opened


async def raw(port: int, receive_buffer: int = 0, source: str = "") -> socket.socket:
    """A new non-blocking TCP connection. Raises OSError."""
    plain = socket.socket()
    plain.setblocking(False)
    if source:
        # The port is chosen by `connect`, which can use one that is taken for another destination.
        plain.setsockopt(socket.IPPROTO_IP, _IP_BIND_ADDRESS_NO_PORT, 1)
        plain.bind((source, 0))
    if receive_buffer:
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    await asyncio.get_running_loop().sock_connect(plain, (HOST, port))
    return plain


def _request(path: str, subprotocol: str) -> bytes:
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: {HOST}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
        "Sec-WebSocket-Version: 13",
    ]
    if subprotocol:
        lines.append(f"Sec-WebSocket-Protocol: {subprotocol}")
    return "\r\n".join([*lines, "", ""]).encode()


def _ignore(text: bytes) -> None:
    pass
