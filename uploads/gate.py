"""Limits the uploads handled at once. The others wait here, before Django reads their bodies or starts a
thread.

Without this limit, fifty uploads at once would be fifty threads, and each of them would delay chat messages.
"""

import asyncio
from typing import Any
from weakref import WeakKeyDictionary

from accounts.limits.callers import caller
from accounts.limits.fair_queue import Breaks, FairQueue
from accounts.limits.fair_queue import QueueFull as NoTurn
from uploads import bodies, disk_space, replies
from uploads.body_buffers import Gone, NotTaken, Receive, held
from uploads.calls import ARRIVED, is_avatar, is_piece
from uploads.places import LARGE_BYTES, PLACE, Busy, place

# Each is a thread, and messages wait for the interpreter while it works.
PIECES_AT_ONCE, MAX_WAITING_PIECES, WAIT_SECONDS = 1, 256, 30.0
# The disk, too, is free for messages for half of the time.
PIECE_BREAKS = Breaks(grace=0.0, maximum=0.1)


class Gate:
    """An ASGI application that wraps another one. The inner one gets a request only when its body is
    complete, and never more uploads than can be converted at once."""

    def __init__(self, application: Any) -> None:
        self._application = application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        path = scope["path"]
        kind = bodies.kind_of(path) if scope["method"] == "POST" else None
        try:
            if is_piece(path):
                await self._pass_piece(scope, receive, send)
                return
            if kind is None:
                async with held(scope, receive) as receive_held:
                    await self._application(scope, receive_held, send)
                return
            if disk_space.is_short_for_uploads():
                raise NotTaken(*bodies.no_room_reply(path))
            # An avatar of few bytes may have fifty million pixels, and no message waits for one.
            is_large = is_avatar(path) or _is_large(scope)
            one = place(kind, caller(scope), is_large=is_large)
            async with held(scope, receive) as receive_held, one as scope[PLACE]:
                await self._application(scope, _counting(scope, receive_held), send)
        except (Busy, NoTurn):
            await _answer(send, *bodies.busy_reply(path))
        except NotTaken as refused:
            await _answer(send, refused.status, refused.body)
        except Gone:
            pass

    async def _pass_piece(self, scope: Any, receive: Any, send: Any) -> None:
        """Django holds much of a body in memory, so pieces of files take turns here."""
        if scope["method"] == "PATCH" and disk_space.is_short_for_uploads():
            raise NotTaken(*bodies.no_room_reply(scope["path"]))
        async with held(scope, receive) as receive_held, _pieces().turn(caller(scope)):
            await self._application(scope, receive_held, send)


_queues: WeakKeyDictionary[asyncio.AbstractEventLoop, FairQueue] = WeakKeyDictionary()


def _pieces() -> FairQueue:
    """The queue of the running event loop."""
    loop = asyncio.get_running_loop()
    return _queues.setdefault(loop, FairQueue(PIECES_AT_ONCE, MAX_WAITING_PIECES, WAIT_SECONDS, PIECE_BREAKS))


def _is_large(scope: Any) -> bool:
    """Whether the file may be, as far as its length was announced."""
    length = dict(scope["headers"]).get(b"content-length", b"")
    return not length.isdigit() or int(length) > LARGE_BYTES + bodies.FORM_BYTES


def _counting(scope: Any, receive: Receive) -> Receive:
    """Counts the bytes of the body in the scope."""
    scope[ARRIVED] = 0

    async def receive_counted() -> Any:
        message = await receive()
        scope[ARRIVED] += len(message.get("body", b""))
        return message

    return receive_counted


async def _answer(send: Any, status: int, body: bytes) -> None:
    headers = [
        (b"content-type", replies.CONTENT_TYPE.encode()),
        (b"content-length", b"%d" % len(body)),
        # The body was not read to its end.
        (b"connection", b"close"),
        *bodies.headers_with(status),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
