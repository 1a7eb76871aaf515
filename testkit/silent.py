"""A WebSocket client that misbehaves: it reads nothing, answers no ping, or answers wrongly."""

import asyncio
import base64
import os
import socket
import struct
from typing import NamedTuple, Self

SECONDS = 20.0
TEXT, CLOSE, PING, PONG = 0x1, 0x8, 0x9, 0xA


class Frame(NamedTuple):
    opcode: int
    payload: bytes


class Raw:
    """A connection, open inside the block, and reset at the end without a close frame."""

    def __init__(self, port: int, *, receive_buffer: int | None = None, answers: bool = False) -> None:
        self._port = port
        self._answers = answers
        self._receive_buffer = receive_buffer

    async def __aenter__(self) -> Self:
        self._socket = socket.socket()
        if self._receive_buffer:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self._receive_buffer)
        self._socket.setblocking(False)
        await asyncio.get_running_loop().sock_connect(self._socket, ("127.0.0.1", self._port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await self._write(
            b"GET /entry HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n\r\n"
            % (self._port, base64.b64encode(os.urandom(16)))
        )
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += await self._read(1)
        assert b" 101 " in head.split(b"\r\n")[0], head
        return self

    async def __aexit__(self, *_: object) -> None:
        self.reset()

    def reset(self) -> None:
        """Break the connection with a reset (RST) packet."""
        if self._socket.fileno() < 0:
            return
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()

    async def send(self, opcode: int, payload: bytes) -> None:
        """Send a short frame with a zero mask."""
        await self.send_together((opcode, payload))

    async def send_together(self, *frames: tuple[int, bytes]) -> None:
        """Send several frames in one packet."""
        assert all(len(payload) < 126 for _, payload in frames)
        await self._write(
            b"".join(
                bytes([0x80 | opcode, 0x80 | len(payload)]) + bytes(4) + payload for opcode, payload in frames
            )
        )

    async def text(self, text: str) -> None:
        await self.send(TEXT, text.encode())

    async def frame(self) -> Frame:
        """Read the next frame of any kind."""
        first, length = await self._read(2)
        if length == 126:
            (length,) = struct.unpack("!H", await self._read(2))
        elif length == 127:
            (length,) = struct.unpack("!Q", await self._read(8))
        return Frame(first & 0xF, await self._read(length))

    async def texts(self, count: int) -> list[str]:
        """Read the next texts, without heartbeats. Pings are answered only if the client has `answers`."""
        texts: list[str] = []
        while len(texts) < count:
            frame = await self.frame()
            if frame.opcode == PING and self._answers:
                await self.send(PONG, frame.payload)
            if frame.opcode == TEXT and not frame.payload.startswith(b"heartbeat"):
                texts.append(frame.payload.decode())
        return texts

    async def ping(self) -> bytes:
        """Read until the next ping, and return its payload."""
        while (frame := await self.frame()).opcode != PING:
            pass
        return frame.payload

    async def _write(self, data: bytes) -> None:
        await asyncio.get_running_loop().sock_sendall(self._socket, data)

    async def _read(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            async with asyncio.timeout(SECONDS):
                piece = await asyncio.get_running_loop().sock_recv(self._socket, size - len(data))
            if not piece:
                raise EOFError
            data += piece
        return data
