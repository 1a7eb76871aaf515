"""Reads each body completely before the request is handled, for servers that pass bodies on as they arrive.

Otherwise a slow sender could occupy a conversion slot for as long as it likes. `manage.py serve` reads bodies
completely by itself, before it calls the application.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import partial
from tempfile import SpooledTemporaryFile
from typing import Any

from django.conf import settings

from accounts.limits.callers import Caller, caller
from uploads import bodies, disk_space, heads
from uploads.arriving import SMALL_BYTES, TURN_BYTES, UploadBody, arriving
from uploads.calls import takes_files

logger = logging.getLogger(__name__)

# The key of the ASGI scope with which a server declares that it buffers bodies itself.
BUFFERED = "im66.held"
PIECE_BYTES = 256 * 1024

Receive = Callable[[], Awaitable[Any]]


class BodyRefused(Exception):
    """The body is refused. `status` and `body` are the HTTP status and the JSON of the reply."""

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__(status)
        self.status = status
        self.body = body


class ClientDisconnected(Exception):
    """The client disconnected before the body was complete."""


@asynccontextmanager
async def buffered(scope: Any, receive: Receive) -> AsyncIterator[Receive]:
    """Buffer the request's body and yield a `receive` that replays it to the application.

    Raises BodyRefused and ClientDisconnected.
    """
    if scope.get(BUFFERED) or not _has_body(scope):
        yield receive
        return
    if refused := await _refusal(scope):
        raise BodyRefused(*refused)
    path = scope["path"]
    loop = asyncio.get_running_loop()
    with SpooledTemporaryFile(SMALL_BYTES, dir=str(settings.FILE_UPLOAD_TEMP_DIR)) as file:
        timeout = asyncio.timeout(None)
        body = arriving().begin(
            caller(scope),
            lambda: timeout.reschedule(loop.time()),
            is_upload=takes_files(path),
        )
        if body is None:
            raise BodyRefused(*await bodies.busy_reply_late(path))
        try:
            try:
                async with timeout:
                    await _read_into(path, _receive_in_turn(receive, caller(scope)), body, file)
                    body.is_complete()
            except TimeoutError as error:
                raise BodyRefused(*bodies.too_slow_reply(path)) from error
            yield _Replay(file, receive)
        finally:
            body.end()


def _has_body(scope: Any) -> bool:
    headers = dict(scope["headers"])
    return b"transfer-encoding" in headers or headers.get(b"content-length", b"0") != b"0"


async def _refusal(scope: Any) -> heads.Reply | None:
    reply = heads.refusal(scope, caller(scope))
    return await reply if isinstance(reply, Coroutine) else reply


def _receive_in_turn(receive: Receive, sender: Caller) -> Receive:
    """Wrap `receive` so that the sender waits for its turn after every TURN_BYTES."""
    read = 0

    async def receive_in_turn() -> Any:
        nonlocal read
        if read >= TURN_BYTES:
            read = 0
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            arriving().pacer.schedule(sender, partial(_end_turn, turn))
            await turn
        message = await receive()
        read += len(message.get("body", b""))
        return message

    return receive_in_turn


def _end_turn(turn: "asyncio.Future[None]") -> None:
    if not turn.done():
        turn.set_result(None)


async def _read_into(path: str, receive: Receive, body: UploadBody, file: Any) -> None:
    limit = bodies.body_limit(path)
    more = True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            raise ClientDisconnected
        piece = message.get("body", b"")
        if file.tell() + len(piece) > limit:
            raise BodyRefused(*bodies.too_large_reply(path))
        if not body.grow(len(piece)):
            # A piece may arrive before the task learns that the body was abandoned.
            reply = bodies.too_slow_reply if body.is_abandoned else bodies.busy_reply
            raise BodyRefused(*reply(path))
        if file.tell() > SMALL_BYTES and disk_space.is_short_for_uploads():
            raise BodyRefused(*bodies.no_room_reply(path))
        try:
            file.write(piece)
        except OSError as error:
            logger.error("A body could not be kept: %s", error)
            raise BodyRefused(*bodies.no_room_reply(path)) from error
        more = message.get("more_body", False)
    file.seek(0)


class _Replay:
    """A `receive` that returns the buffered body in pieces, then the server's later messages."""

    def __init__(self, file: Any, receive: Receive) -> None:
        self._file = file
        self._receive = receive
        self._more = True

    async def __call__(self) -> Any:
        if not self._more:
            return await self._receive()
        # Let other tasks run between the pieces.
        await asyncio.sleep(0)
        piece = self._file.read(PIECE_BYTES)
        self._more = len(piece) == PIECE_BYTES
        return {"type": "http.request", "body": piece, "more_body": self._more}
