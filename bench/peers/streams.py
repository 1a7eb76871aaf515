"""An XMPP stream over a WebSocket, with an anonymous login."""

import asyncio
from collections.abc import Callable

from bench.peers import stanzas
from bench.sockets import Socket, connect

SECONDS = 60.0


class StreamError(Exception):
    """The server answered with an error. The text is its answer."""


class Stream:
    """One stream. Texts that nobody waits for are dropped, until the socket's `on_text` is replaced."""

    def __init__(self) -> None:
        self.socket: Socket
        self._received: list[bytes] = []
        self._is_last: Callable[[bytes], bool] | None = None
        self._done: asyncio.Future[None]

    async def open(self, port: int) -> None:
        """Connect, and return when a resource is bound. Raises OSError, StreamError and TimeoutError."""
        self.socket = await connect(
            port, self._on_text, path=stanzas.ENDPOINT, subprotocol=stanzas.SUBPROTOCOL
        )
        await self.ask(stanzas.OPEN, _has(stanzas.FEATURES))
        await self.ask(stanzas.AUTH, _has(stanzas.SUCCESS))
        await self.ask(stanzas.OPEN, _has(stanzas.FEATURES))
        await self.request(stanzas.BIND, "bind")

    async def request(self, stanza: bytes, identifier: str) -> list[bytes]:
        """The texts up to and including the answer to the <iq/> of that id. Raises as `ask`."""
        return await self.ask(stanza, lambda text: stanzas.is_result(text, identifier))

    async def enter(self, room: str, nickname: str) -> None:
        """Enter the room. Raises StreamError and TimeoutError."""
        await self.ask(stanzas.enter(room, nickname), _has(stanzas.SUBJECT))

    async def ask(self, stanza: bytes, is_last: Callable[[bytes], bool]) -> list[bytes]:
        """The texts up to and including the first that is `wanted`. Raises StreamError and TimeoutError."""
        self._received = []
        self._is_last = is_last
        self._done = asyncio.get_running_loop().create_future()
        self.socket.send(stanza)
        await asyncio.wait_for(self._done, SECONDS)
        return self._received

    async def close(self) -> None:
        """Close it, and return when the server has closed it."""
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
    """A stream that is ready. Raises OSError, StreamError and TimeoutError."""
    stream = Stream()
    await stream.open(port)
    return stream


def _has(token: bytes) -> Callable[[bytes], bool]:
    return lambda text: token in text
