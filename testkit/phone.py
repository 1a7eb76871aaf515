"""A client like the shipped apps, with its own implementation of the protocol, on a WebSocket library that
the server does not use.
"""

import asyncio
import base64
import json
import socket
from collections import deque
from types import TracebackType
from typing import Any, NamedTuple, Self
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

SECONDS = 20.0
IOS_GOODBYE = 1999
# How long to listen for a frame that must not come.
SILENCE_SECONDS = 0.3


class Received(NamedTuple):
    """A message, parsed as by the Android app: seven or more fields, separated by underscores."""

    kind: str
    sender: str
    content: str
    type: str
    origin: str
    time: int
    extension: str

    @classmethod
    def read(cls, frame: str) -> Self:
        kind, sender, *content, type_, origin, seconds, extension = frame.split("_")
        return cls(kind, sender, "_".join(content), type_, origin, int(seconds), extension)

    @property
    def names(self) -> tuple[str, str]:
        """The names of the sender and of the conversation in the extension."""
        extras = json.loads(base64.b64decode(self.extension))
        return extras["sender"], extras["conversation"]


class Phone:
    """A connection, open inside the block. It sends a close frame at the end.

    `receive_buffer` is the size of the kernel's receive buffer in bytes, 0 for the default. `options` are
    further options for the library.
    """

    def __init__(self, url: str, userid: str = "", *, receive_buffer: int = 0, **options: Any) -> None:
        self.url = url
        self._options = options
        self.userid = userid
        self._receive_buffer = receive_buffer
        self._socket: ClientConnection | None = None
        self._early: deque[str] = deque()

    async def __aenter__(self) -> Self:
        await self.connect()
        try:
            if self.userid:
                await self.log_in(self.userid)
        except BaseException:
            self.vanish()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.say_goodbye()

    @property
    def socket(self) -> ClientConnection:
        assert self._socket, "not connected"
        return self._socket

    async def connect(self) -> None:
        self._socket = await self.open_connection()

    async def open_connection(self, *, max_size: int | None = None, **options: Any) -> ClientConnection:
        """Return a new connection, which refuses messages of more than `max_size` bytes."""
        options = {**self._options, **options}
        if self._receive_buffer:
            options["sock"] = await _connect_with_buffer(self.url, self._receive_buffer)
        return await connect(
            self.url, max_size=max_size, open_timeout=SECONDS, ping_interval=None, proxy=None, **options
        )

    async def log_in(self, userid: str) -> None:
        """Log in, and return when the login has taken effect: the server answers frames in order."""
        self.userid = userid
        await self.send(f"login_{userid}")
        await self.settle()

    async def settle(self) -> None:
        """Wait until everything sent so far is handled and stored: history is answered in order, and includes
        the user's earlier messages. Other frames that arrive meanwhile are buffered for `receive`."""
        await self.send(f"records_{self.userid}_{10**17}_unicast")
        while not (frame := await self._next()).startswith(f"records_{self.userid}_"):
            self._early.append(frame)

    async def say_goodbye(self, code: int = 1000) -> None:
        if code == IOS_GOODBYE:
            # The standard reserves this code, so the library does not send it. This is a masked close frame
            # with a zero mask.
            self.socket.transport.write(b"\x88\x82\0\0\0\0" + code.to_bytes(2, "big"))
            await self.close_code()
        await self.socket.close(code if code != IOS_GOODBYE else 1000)

    def vanish(self) -> None:
        """Break the connection without a close frame."""
        self.socket.transport.abort()

    async def close_without_a_code(self) -> None:
        """Send a close frame without a code (masked, with a zero mask), which the library cannot send."""
        self.socket.transport.write(b"\x88\x80\0\0\0\0")
        await self.close_code()

    async def send(self, frame: str | bytes) -> None:
        await self.socket.send(frame)

    async def text(self, to: str, content: str, extension: str = "") -> None:
        await self.send(f"text_{to}_{content}_unicast_{extension}")

    async def group_text(self, group_id: str, content: str, extension: str = "") -> None:
        await self.send(f"text_{group_id}_{content}_group_{extension}")

    async def receive(self) -> str:
        """Wait for the next frame that is not a heartbeat, and return it."""
        async with asyncio.timeout(SECONDS):
            while (frame := await self.frame()).startswith("heartbeat_"):
                pass
            return frame

    async def frame(self) -> str:
        """Wait without a time limit for the next frame of any kind, and return it."""
        frame = self._early.popleft() if self._early else await self.socket.recv()
        assert isinstance(frame, str)
        return frame

    def buffered(self) -> list[str]:
        """Return and clear the frames buffered by `settle`."""
        buffered = list(self._early)
        self._early.clear()
        return buffered

    async def heartbeat(self) -> str:
        """Return the next frame, which must be a heartbeat."""
        frame = await self._next()
        assert frame.startswith("heartbeat_"), frame
        return frame

    async def _next(self) -> str:
        frame = await asyncio.wait_for(self.socket.recv(), SECONDS)
        assert isinstance(frame, str)
        return frame

    async def message(self) -> Received:
        return Received.read(await self.receive())

    async def contents(self, count: int) -> list[str]:
        """Return the contents of the next `count` messages."""
        return [(await self.message()).content for _ in range(count)]

    async def contents_until(self, last: str) -> list[str]:
        """Return the contents of the messages up to and including `last`."""
        contents: list[str] = []
        while not contents or contents[-1] != last:
            contents.append((await self.message()).content)
        return contents

    async def receives_nothing(self) -> bool:
        """Return True if no frame arrives for SILENCE_SECONDS. Raises AssertionError otherwise."""
        try:
            frame = await asyncio.wait_for(self.receive(), SILENCE_SECONDS)
        except TimeoutError:
            return True
        raise AssertionError(f"{self.userid} got {frame!r}")

    async def close_code(self) -> int | None:
        """Read until the server closes the connection, and return its close code."""
        try:
            while True:
                await asyncio.wait_for(self.socket.recv(), SECONDS)
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else None


async def _connect_with_buffer(url: str, receive_buffer: int) -> socket.socket:
    """Return a connected socket with this receive buffer, which must be set before the handshake announces
    it."""
    parts = urlsplit(url)
    plain = socket.socket()
    plain.setblocking(False)
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    await asyncio.get_running_loop().sock_connect(plain, (parts.hostname, parts.port))
    return plain


def unpacked(frame: str) -> Any:
    """Return the JSON in the answer to a query, whose third field it is."""
    _verb, _id, packed = frame.split("_")
    return json.loads(base64.b64decode(packed, validate=True))
