"""HTTP requests as Daphne handles them, with bounds on what they make the server hold.

What it adds: a body that is too large is refused while it arrives; a body reaches the application piece by
piece, not as one; sending a response waits for a client that takes it slowly; and one that cannot be finished
is broken off.
"""

import asyncio
from collections.abc import Callable
from io import BytesIO
from typing import Any, BinaryIO
from urllib.parse import unquote

from daphne.http_protocol import HTTPFactory as DaphneFactory
from daphne.http_protocol import WebRequest

from im66.backpressure import Backpressure
from uploads.bodies import body_limit, too_large_reply

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
        self._body: BinaryIO = BytesIO()
        self._started, self._more = False, True
        self._limit = 0
        self._arrived = 0
        self._refused = False
        self._linger: asyncio.TimerHandle | None = None
        self._client = Backpressure()

    # What Twisted calls while the request arrives.

    def gotLength(self, length: int | None) -> None:  # noqa: N802
        super().gotLength(length)
        self._limit = body_limit(self._target())
        if length is not None and length > self._limit:
            self._refuse()

    def handleContentChunk(self, data: bytes) -> None:  # noqa: N802
        self._arrived += len(data)
        if not self._refused and self._arrived > self._limit:
            self._refuse()
        if not self._refused:
            super().handleContentChunk(data)
        elif self._arrived > LINGER_BYTES:
            self.transport.abortConnection()

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:  # noqa: N802
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
        self._body.close()
        super().finish()

    def connectionLost(self, reason: Any) -> None:  # noqa: N802
        self._client.stopProducing()
        self._body.close()
        if self._linger:
            self._linger.cancel()
        super().connectionLost(reason)

    def _let_go(self) -> None:
        # Daphne would forget it within a second, and the garbage collector much later, for it and its channel
        # hold each other: 5 KB for each of those who come in together.
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

    def _refuse(self) -> None:
        """Answer now, and throw away what still comes: a connection closed on a client that is still sending
        would take the answer with it."""
        self._refused = True
        self.content.close()
        self.content = BytesIO()
        # Twisted would tell it to go on.
        self.requestHeaders.removeHeader(b"Expect")
        status, body = too_large_reply(self._target())
        self.transport.write(
            b"HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"
            b"Connection: close\r\n\r\n%s"
            % (status, b"OK" if status == 200 else b"Content Too Large", len(body), body)
        )
        loop = asyncio.get_running_loop()
        self._linger = loop.call_later(LINGER_SECONDS, self.transport.abortConnection)


class HTTPFactory(DaphneFactory):  # type: ignore[misc]
    """Makes such requests."""

    def buildProtocol(self, addr: Any) -> Any:  # noqa: N802
        protocol = super().buildProtocol(addr)
        protocol.requestFactory = Request
        return protocol
