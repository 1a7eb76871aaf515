"""HTTP requests under Daphne, with limits on the memory that they take.

In addition to Daphne: a body that is too large or too slow is refused while it arrives, and so is a body
beyond the limit of concurrent ones. A body reaches the application in pieces. Sending a response waits for a
slow client. If a response cannot be finished, the connection is aborted.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from io import BytesIO
from tempfile import TemporaryFile
from typing import Any, BinaryIO
from urllib.parse import unquote

from daphne.http_protocol import WebRequest

from server.intake import Body, Caller, Intake, Reply
from server.outgoing import Backpressure
from server.web_socket import WebSocket

logger = logging.getLogger(__name__)

PIECE_BYTES = 256 * 1024
# A client whose body is refused may continue to send for this long, because most clients read no answer
# before they have sent everything. The data is discarded.
MAX_LINGER_SECONDS = 60.0
MAX_LINGER_BYTES = 256 * 1024 * 1024
# A client that takes nothing of its response for this long counts as gone.
MAX_STALL_SECONDS = 60.0


class Request(WebRequest):  # type: ignore[misc]
    """One HTTP request."""

    content: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Twisted would read the whole body into memory to look for forms in it.
        self._parsePOSTFormSubmission = False
        self._intake: Intake = self.server.intake
        self._body: BinaryIO = BytesIO()
        self._started, self._has_more = False, True
        self._limit = 0
        self._arrived = 0
        self._refused = False
        self._held: Body | None = None
        self._caller: Caller = ()
        self._read = 0
        self._is_paused = False
        self._linger: asyncio.TimerHandle | None = None
        self._client = Backpressure()
        self._target = ""
        # While it is decided whether the body may be sent: the data that arrived with the head, and the
        # arguments of requestReceived if the body is complete.
        self._authorizing: asyncio.Task[Reply | None] | None = None
        self._early: list[bytes] = []
        self._complete: tuple[bytes, bytes, bytes] | None = None

    # Called by Twisted while the request arrives.

    def gotLength(self, length: int | None) -> None:  # noqa: N802
        # Twisted would put a large body into the system's folder for temporary files, whatever disk that is.
        is_small = length is not None and length < self._intake.small_bytes
        self.content = BytesIO() if is_small else _temporary_file(self._intake.folder)
        # The request itself gets its path only when its body is complete.
        path, _, query = self.channel._path.partition(b"?")
        self._target = unquote(path.decode("latin-1"))
        self._limit = self._intake.limit(self._target)
        if length == 0:
            return
        self._caller = self._find_caller()
        refusal = self._intake.refusal(self._head(query), self._caller)
        if isinstance(refusal, Coroutine):
            self._authorize_body(refusal, length)
        else:
            self._accept_or_refuse(refusal, length)

    def handleContentChunk(self, data: bytes) -> None:  # noqa: N802
        if self._authorizing:
            self._early.append(data)
            return
        self._arrived += len(data)
        if not self._refused and self._arrived > self._limit:
            self._refuse(self._intake.too_large)
        if not self._refused:
            self._add(data)
        elif self._arrived > MAX_LINGER_BYTES:
            self.transport.abortConnection()
        self._count_read(len(data))

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:  # noqa: N802
        if self._authorizing:
            self._complete = command, path, version
            return
        self._resume()
        if self._held:
            self._held.is_complete()
        if self._refused:
            self.channel.loseConnection()
        else:
            super().requestReceived(command, path, version)

    def process(self) -> Any:
        # Daphne puts its whole content into the application's queue, so it gets an empty one.
        self._body, self.content = self.content, BytesIO()
        self._body.seek(0)
        if (self.getHeader(b"upgrade") or b"").lower() == b"websocket":
            return self._become_socket()
        return super().process()

    def _become_socket(self) -> None:
        channel, transport = self.channel, self.channel.transport.transport
        early = channel.clearLineBuffer()
        self._release()
        socket = WebSocket(self.server, transport)
        socket.open(self._encode_head())
        if early:  # frames that came with the request
            socket.data_received(early)
        if not transport.is_closing():
            transport.resume_reading()

    def _encode_head(self) -> bytes:
        """Return the head of the request as bytes."""
        lines = [b"%s %s HTTP/1.1" % (self.method, self.uri)]
        for name, values in self.requestHeaders.getAllRawHeaders():
            lines += [b"%s: %s" % (name, value) for value in values]
        return b"\r\n".join([*lines, b"", b""])

    # Called by the server.

    async def receive(self, receive: Callable[[], Any]) -> Any:
        """Return the application's next message: first the pieces of the body, then Daphne's messages."""
        if not self._started:
            message = await receive()
            if message["type"] != "http.request":
                return message
            self._started = True
            return self._next_piece()
        if self._has_more:
            # Other tasks run between the pieces.
            await asyncio.sleep(0)
            return self._next_piece()
        return await receive()

    async def wait_until_writable(self) -> None:
        """Wait until the client takes more of its response, or is gone."""
        try:
            async with asyncio.timeout(MAX_STALL_SECONDS):
                await self._client.wait()
        except TimeoutError:
            self.transport.abortConnection()

    def handle_reply(self, message: Any) -> None:
        if message["type"] == "http.response.start" and not self.finished and self.channel is not None:
            self.registerProducer(self._client, True)
        super().handle_reply(message)

    def basic_error(self, status: int, status_text: bytes, body: Any) -> None:
        # Otherwise Daphne would answer a second time, fail, and never check any connection again.
        if self._response_started:
            self.transport.abortConnection()
        else:
            super().basic_error(status, status_text, body)

    def finish(self) -> None:
        self.unregisterProducer()
        self._release_body()
        super().finish()

    def connectionLost(self, reason: Any) -> None:  # noqa: N802
        if self._authorizing:
            self._authorizing.cancel()
        self._client.stopProducing()
        self._release_body()
        if self._linger:
            self._linger.cancel()
        super().connectionLost(reason)

    def _release(self) -> None:
        # Daphne would forget the request within a second. The garbage collector would free it much later,
        # because it and its channel refer to each other: 5 KB for each client that connects meanwhile.
        self._release_body()
        self.server.connections.pop(self, None)
        self.channel.requests.clear()

    def _next_piece(self) -> dict[str, Any]:
        if self._body.closed:
            self._has_more = False
            return {"type": "http.disconnect"}
        piece = self._body.read(PIECE_BYTES)
        self._has_more = len(piece) == PIECE_BYTES
        return {"type": "http.request", "body": piece, "more_body": self._has_more}

    def _head(self, query: bytes) -> dict[str, Any]:
        headers = [
            (name.lower(), value)
            for name, values in self.requestHeaders.getAllRawHeaders()
            for value in values
        ]
        return {"type": "http", "path": self._target, "query_string": query, "headers": headers}

    def _authorize_body(self, refusal: Coroutine[Any, Any, Reply | None], length: int | None) -> None:
        """Pause reading until `refusal` has returned the reply that refuses the body, or None."""
        self.transport.pauseProducing()
        # Otherwise Twisted would send 100 Continue.
        expects = self.requestHeaders.getRawHeaders(b"Expect")
        self.requestHeaders.removeHeader(b"Expect")
        self._authorizing = asyncio.create_task(refusal)
        self._authorizing.add_done_callback(partial(self._on_authorized, length, bool(expects)))

    def _on_authorized(self, length: int | None, expects: bool, done: "asyncio.Task[Reply | None]") -> None:
        self._authorizing = None
        early, self._early = self._early, []
        if done.cancelled():  # the client is gone
            return
        if error := done.exception():
            logger.error("It could not be found out who sends a body", exc_info=error)
            self.transport.abortConnection()
            return
        self.transport.resumeProducing()
        self._accept_or_refuse(done.result(), length)
        if expects and not self._refused:
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        for data in early:
            self.handleContentChunk(data)
        if self._complete:
            self.requestReceived(*self._complete)

    def _accept_or_refuse(self, refusal: Reply | None, length: int | None) -> None:
        if refusal:
            self._refuse(lambda _: refusal)
        elif length is not None and length > self._limit:
            self._refuse(self._intake.too_large)
        else:
            self._begin()

    def _find_caller(self) -> Caller:
        peer = self.channel.getPeer()
        forwarded = self.requestHeaders.getRawHeaders(b"x-forwarded-for") or []
        return self._intake.caller(str(getattr(peer, "host", "")), b",".join(forwarded))

    def _count_read(self, amount: int) -> None:
        """Count bytes that were read. After those of one turn, pause reading until the caller's next turn."""
        self._read += amount
        if self._read >= self._intake.turn_bytes and not self._is_paused:
            self._read = 0
            self._is_paused = True
            self.transport.pauseProducing()
            self._intake.wait_turn(self._caller, self._resume)

    def _resume(self) -> None:
        if self._is_paused and self.transport is not None:
            self.transport.resumeProducing()
        self._is_paused = False

    def _begin(self) -> None:
        """Begin to receive the body. Refuse it if there is no room for it."""
        refuse = partial(self._refuse, self._intake.too_slow)
        self._held = self._intake.begin(self._target, self._caller, refuse)
        if self._held is None:
            self._authorize_body(self._intake.busy_late(self._target), None)
        elif self._intake.needs_room(self._target) and not self._intake.has_room():
            self._refuse(self._intake.no_room)

    def _add(self, data: bytes) -> None:
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

    def _release_body(self) -> None:
        self._body.close()
        if self._held:
            self._held.end()

    def _refuse(self, reply: Callable[[str], Reply]) -> None:
        """Answer now, and discard the data that still arrives. If the connection were closed while the client
        is sending, the answer would be lost."""
        self._refused = True
        if self._held:
            self._held.end()
        with suppress(OSError):  # closing writes what could not be written before
            self.content.close()
        self.content = BytesIO()
        # Otherwise Twisted would send 100 Continue.
        self.requestHeaders.removeHeader(b"Expect")
        status, body = reply(self._target)
        origin = (self.requestHeaders.getRawHeaders(b"Origin") or [b""])[-1].decode("latin-1")
        headers = self._intake.headers(self._target, origin, status)
        lines = b"".join(b"%s: %s\r\n" % pair for pair in headers)
        self.transport.write(
            b"HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n%s"
            b"Connection: close\r\n\r\n%s"
            % (status, HTTPStatus(status).phrase.encode(), len(body), lines, body)
        )
        loop = asyncio.get_running_loop()
        self._linger = loop.call_later(MAX_LINGER_SECONDS, self.transport.abortConnection)


def _temporary_file(folder: str) -> BinaryIO:
    return TemporaryFile(dir=folder)
