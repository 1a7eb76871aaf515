"""One WebSocket connection, as cheap as it gets: the load generator must not be what is measured."""

import asyncio
import socket
from collections.abc import Callable
from typing import cast

from bench.frames import CLOSE, PING, PONG, TEXT, Reader, client_frame

HOST = "127.0.0.1"
_REQUEST = (
    f"GET /entry HTTP/1.1\r\nHost: {HOST}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
).encode()
_GOODBYE = client_frame((1000).to_bytes(2, "big"), CLOSE)


class NotAccepted(ConnectionError):
    """The server answered the handshake with something else than an upgrade."""


class Socket(asyncio.Protocol):
    """`on_text` is called with each text; set it before anything can come."""

    def __init__(self, on_text: Callable[[bytes], None] | None = None) -> None:
        self.on_text = on_text or _ignore
        loop = asyncio.get_running_loop()
        self.accepted: asyncio.Future[None] = loop.create_future()
        self.closed: asyncio.Future[None] = loop.create_future()
        self._head: bytes | None = b""
        self._reader = Reader()
        self._transport: asyncio.Transport

    def send(self, text: bytes) -> None:
        """Write one text. Never waits: what is in flight is bounded by who sends."""
        self._transport.write(client_frame(text))

    def say_goodbye(self) -> None:
        """Begin the closing handshake; `closed` tells of its end."""
        if not self.closed.done():
            self._transport.write(_GOODBYE)

    async def vanish(self) -> None:
        """Break the connection without a word."""
        self._transport.abort()
        await self.closed

    def stall(self) -> None:
        """Read nothing from here on."""
        self._transport.pause_reading()

    # What the transport calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(_REQUEST)

    def data_received(self, data: bytes) -> None:
        if self._head is not None:
            data = self._read_head(data)
        for opcode, payload in self._reader.feed(data):
            if opcode == TEXT:
                self.on_text(payload)
            elif opcode == PING:
                self._transport.write(client_frame(payload, PONG))

    def connection_lost(self, error: Exception | None) -> None:
        if not self.accepted.done():
            self.accepted.set_exception(NotAccepted("closed"))
        if not self.closed.done():
            self.closed.set_result(None)

    def _read_head(self, data: bytes) -> bytes:
        """Read the answer to the handshake; what came after it."""
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
    port: int, on_text: Callable[[bytes], None] | None = None, receive_buffer: int = 0
) -> Socket:
    """A socket that the server has accepted. Raises OSError.

    `receive_buffer`: so many bytes the kernel may hold for us; 0 leaves it to the kernel.
    """
    plain = socket.socket()
    plain.setblocking(False)
    if receive_buffer:
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(plain, (HOST, port))
    _, opened = await loop.create_connection(lambda: Socket(on_text), sock=plain)
    await opened.accepted
    return opened


def _ignore(text: bytes) -> None:
    pass
