"""HTTP requests as Daphne handles them, with bounds on what they make the server hold.

What it adds: a body that is too large or too slow, or one too many, is refused while it arrives; a body
reaches the application piece by piece, not as one; sending a response waits for a client that takes it
slowly; and one that cannot be finished is broken off.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from io import BytesIO
from string import printable
from tempfile import TemporaryFile
from typing import Any, BinaryIO
from urllib.parse import quote, unquote

from daphne.http_protocol import HTTPFactory as DaphneFactory
from daphne.http_protocol import WebRequest
from twisted.web import http

from server.backpressure import Backpressure
from server.intake import Body, Caller, Intake, Reply

logger = logging.getLogger(__name__)

PIECE = 256 * 1024
# A client that sends too much may go on for so long after it was told, for most read no answer before they
# have sent everything. What it sends is thrown away.
LINGER_SECONDS = 60.0
LINGER_BYTES = 256 * 1024 * 1024
# A client that takes nothing of its response for so long is gone.
STALL_SECONDS = 60.0


class Request(WebRequest):  # type: ignore[misc]
    """One HTTP request."""

    content: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Twisted would read the whole body into memory to look for forms in it.
        self._parsePOSTFormSubmission = False
        self._intake: Intake = self.server.intake
        self._body: BinaryIO = BytesIO()
        self._started, self._more = False, True
        self._limit = 0
        self._arrived = 0
        self._refused = False
        self._held: Body | None = None
        self._caller: Caller = ()
        self._read = 0
        self._is_paused = False
        self._linger: asyncio.TimerHandle | None = None
        self._client = Backpressure()

    # What Twisted calls while the request arrives.

    def gotLength(self, length: int | None) -> None:  # noqa: N802
        # Twisted would put what is large where temporary files are, on whatever disk that is.
        is_small = length is not None and length < self._intake.small_bytes
        self.content = BytesIO() if is_small else _temporary_file(self._intake.folder)
        self._limit = self._intake.limit(self._target())
        if length == 0:
            return
        self._caller = self._who()
        if length is not None and length > self._limit:
            self._refuse(self._intake.too_large)
        else:
            self._begin()

    def handleContentChunk(self, data: bytes) -> None:  # noqa: N802
        self._arrived += len(data)
        if not self._refused and self._arrived > self._limit:
            self._refuse(self._intake.too_large)
        if not self._refused:
            self._take(data)
        elif self._arrived > LINGER_BYTES:
            self.transport.abortConnection()
        self._take_turns(len(data))

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:  # noqa: N802
        self._go_on()
        if self._held:
            self._held.is_complete()
        if self._refused:
            self.channel.loseConnection()
        else:
            super().requestReceived(command, path, version)

    def process(self) -> Any:
        # Daphne puts the whole of its content in the application's queue: it is given none.
        self._body, self.content = self.content, BytesIO()
        self._body.seek(0)
        done = super().process()
        if self.transport is None:  # it is a socket's now
            self._let_go()
        return done

    # What the server calls.

    async def receive(self, receive: Callable[[], Any]) -> Any:
        """The application's next message: pieces of the body, then what Daphne has to say."""
        if not self._started:
            message = await receive()
            if message["type"] != "http.request":
                return message
            self._started = True
            return self._piece()
        if self._more:
            # Others have their turn between the pieces.
            await asyncio.sleep(0)
            return self._piece()
        return await receive()

    async def writable(self) -> None:
        """Return when the client takes more of its response, or is gone."""
        try:
            async with asyncio.timeout(STALL_SECONDS):
                await self._client.wait()
        except TimeoutError:
            self.transport.abortConnection()

    def handle_reply(self, message: Any) -> None:
        if message["type"] == "http.response.start" and not self.finished and self.channel is not None:
            self.registerProducer(self._client, True)
        super().handle_reply(message)

    def basic_error(self, status: int, status_text: bytes, body: Any) -> None:
        # Daphne would answer a second time, fail in that, and never again look after any connection.
        if self._response_started:
            self.transport.abortConnection()
        else:
            super().basic_error(status, status_text, body)

    def finish(self) -> None:
        self.unregisterProducer()
        self._let_body_go()
        super().finish()

    def connectionLost(self, reason: Any) -> None:  # noqa: N802
        self._client.stopProducing()
        self._let_body_go()
        if self._linger:
            self._linger.cancel()
        super().connectionLost(reason)

    def _let_go(self) -> None:
        # Daphne would forget it within a second, and the garbage collector much later, for it and its channel
        # hold each other: 5 KB for each of those who come in together.
        self._let_body_go()
        self.server.connections.pop(self, None)
        self.channel.requests.clear()

    def _piece(self) -> dict[str, Any]:
        if self._body.closed:
            self._more = False
            return {"type": "http.disconnect"}
        piece = self._body.read(PIECE)
        self._more = len(piece) == PIECE
        return {"type": "http.request", "body": piece, "more_body": self._more}

    def _target(self) -> str:
        # The request itself is told its path only when its body is there.
        path: bytes = self.channel._path.partition(b"?")[0]
        return unquote(path.decode("latin-1"))

    def _who(self) -> Caller:
        peer = self.channel.getPeer()
        forwarded = self.requestHeaders.getRawHeaders(b"x-forwarded-for") or [b""]
        return self._intake.caller(str(getattr(peer, "host", "")), forwarded[-1])

    def _take_turns(self, amount: int) -> None:
        """Be read no further until it is the sender's turn again."""
        self._read += amount
        if self._read >= self._intake.turn_bytes and not self._is_paused:
            self._read = 0
            self._is_paused = True
            self.transport.pauseProducing()
            self._intake.wait_turn(self._caller, self._go_on)

    def _go_on(self) -> None:
        if self._is_paused and self.transport is not None:
            self.transport.resumeProducing()
        self._is_paused = False

    def _begin(self) -> None:
        """A body is going to arrive, unless there is no room for it."""
        self._held = self._intake.begin(self._caller, lambda: self._refuse(self._intake.too_slow))
        if self._held is None:
            self._refuse(self._intake.busy)
        elif self._intake.needs_room(self._target()) and not self._intake.has_room():
            self._refuse(self._intake.no_room)

    def _take(self, data: bytes) -> None:
        if self._held and not self._held.grow(len(data)):
            self._refuse(self._intake.busy)
        elif self._arrived > self._intake.small_bytes and not self._intake.has_room():
            self._refuse(self._intake.no_room)
        else:
            self._write(data)

    def _write(self, data: bytes) -> None:
        try:
            super().handleContentChunk(data)
        except OSError as error:
            logger.error("A body could not be kept: %s", error)
            self._refuse(self._intake.no_room)

    def _let_body_go(self) -> None:
        self._body.close()
        if self._held:
            self._held.end()

    def _refuse(self, reply: Callable[[str], Reply]) -> None:
        """Answer now, and throw away what still comes: a connection closed on a client that is still sending
        would take the answer with it."""
        self._refused = True
        if self._held:
            self._held.end()
        with suppress(OSError):  # it writes what it could not write before
            self.content.close()
        self.content = BytesIO()
        # Twisted would tell it to go on.
        self.requestHeaders.removeHeader(b"Expect")
        status, body = reply(self._target())
        self.transport.write(
            b"HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"
            b"Connection: close\r\n\r\n%s" % (status, HTTPStatus(status).phrase.encode(), len(body), body)
        )
        loop = asyncio.get_running_loop()
        self._linger = loop.call_later(LINGER_SECONDS, self.transport.abortConnection)


def _temporary_file(folder: str) -> BinaryIO:
    return TemporaryFile(dir=folder)


class HTTPChannel(http.HTTPChannel):
    """One connection, before it is known whether it becomes a socket."""

    def lineReceived(self, line: bytes) -> None:  # noqa: N802
        # Clients write names into a URL as they are (seed: `name=我的群`); Twisted takes ASCII alone.
        if line.endswith((b" HTTP/1.1", b" HTTP/1.0")) and not line.isascii():
            line = quote(line, safe=printable).encode()
        super().lineReceived(line)  # type: ignore[no-untyped-call]


class HTTPFactory(DaphneFactory):  # type: ignore[misc]
    """Makes such connections, and them such requests."""

    def __init__(self, server: Any) -> None:
        super().__init__(server)
        self.protocol = HTTPChannel

    def buildProtocol(self, addr: Any) -> Any:  # noqa: N802
        protocol = super().buildProtocol(addr)
        protocol.requestFactory = Request
        return protocol
