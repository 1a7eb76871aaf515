"""An XMPP stream over a WebSocket, with an anonymous login."""

import asyncio
from collections.abc import Callable

from bench.peers import stanzas
from bench.sockets import Socket, connect

SECONDS = 60.0


class StreamError(Exception):
    """The server answered with an error. The text is its answer."""


class Stream:
    """One stream. Texts that are no answer to a request are dropped, until the socket's `on_text` is
    replaced."""

    def __init__(self) -> None:
        self.socket: Socket
        self._received: list[bytes] = []
        self._is_last: Callable[[bytes], bool] | None = None
        self._done: asyncio.Future[None]

    async def open(self, port: int) -> None:
        """Connect, log in and bind a resource. Raises OSError, StreamError and TimeoutError."""
        self.socket = await connect(
            port, self._on_text, path=stanzas.ENDPOINT, subprotocol=stanzas.SUBPROTOCOL
        )
        await self.ask(stanzas.OPEN, _has(stanzas.FEATURES))
        await self.ask(stanzas.AUTH, _has(stanzas.SUCCESS))
        await self.ask(stanzas.OPEN, _has(stanzas.FEATURES))
        await self.request(stanzas.BIND, "bind")

    async def request(self, stanza: bytes, identifier: str) -> list[bytes]:
        """Send an <iq/> with this id. Return the texts up to and including its answer. Raises as `ask`."""
        return await self.ask(stanza, lambda text: stanzas.is_result(text, identifier))

    async def enter(self, room: str, nickname: str) -> None:
        """Enter the room. Raises StreamError and TimeoutError."""
        await self.ask(stanzas.enter(room, nickname), _has(stanzas.SUBJECT))

    async def ask(self, stanza: bytes, is_last: Callable[[bytes], bool]) -> list[bytes]:
        """Send the stanza. Return the texts up to and including the first for which `is_last` is true. Raises
        StreamError and TimeoutError."""
        self._received = []
        self._is_last = is_last
        self._done = asyncio.get_running_loop().create_future()
        self.socket.send(stanza)
        await asyncio.wait_for(self._done, SECONDS)
        return self._received

    async def close(self) -> None:
        """Close the stream, and wait until the server has closed the connection."""
        self.socket.send(stanzas.CLOSE)
        await asyncio.wait_for(self.socket.closed, SECONDS)

    def _on_text(self, text: bytes) -> None:
        if self._is_last is None:
            return
        self._received.append(text)
        if stanzas.is_error(text):
            self._is_last = None
            self._done.set_exception(StreamError(text.decode(errors="replace")))
        elif self._is_last(text):
            self._is_last = None
            self._done.set_result(None)


async def open_stream(port: int) -> Stream:
    """Open a stream. Raises OSError, StreamError and TimeoutError."""
    stream = Stream()
    await stream.open(port)
    return stream


def _has(token: bytes) -> Callable[[bytes], bool]:
    return lambda text: token in text
