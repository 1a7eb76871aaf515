"""Limits the number of uploads handled concurrently. Further uploads wait here, before Django reads their
bodies or starts a thread.

Without this limit, fifty concurrent uploads would be fifty threads, each of which would delay chat messages.
"""

import asyncio
from typing import Any
from weakref import WeakKeyDictionary

from accounts.limits.callers import caller
from accounts.limits.fair_queue import Breaks, FairQueue, QueueFull
from uploads import bodies, disk_space, replies
from uploads.body_buffers import BodyRefused, ClientDisconnected, Receive, buffered
from uploads.calls import ARRIVED, is_avatar, is_piece
from uploads.places import LARGE_BYTES, SLOT, Busy, conversion_slot

# Each concurrent piece takes a thread, and messages wait for the interpreter while it works.
MAX_CONCURRENT_PIECES, MAX_WAITING_PIECES, MAX_WAIT_SECONDS = 1, 256, 30.0
# With these breaks, the disk is free for messages half of the time.
PIECE_BREAKS = Breaks(grace=0.0, maximum=0.1)


class Gate:
    """An ASGI application that wraps another one.

    The inner application gets a request only when its body is complete, and never more uploads than can be
    converted concurrently.
    """

    def __init__(self, application: Any) -> None:
        self._application = application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        path = scope["path"]
        kind = bodies.queue_kind(path) if scope["method"] == "POST" else None
        try:
            if is_piece(path):
                await self._pass_piece(scope, receive, send)
                return
            if kind is None:
                async with buffered(scope, receive) as receive_buffered:
                    await self._application(scope, receive_buffered, send)
                return
            if disk_space.is_short_for_uploads():
                raise BodyRefused(*bodies.no_room_reply(path))
            # An avatar of few bytes may have fifty million pixels, and no message depends on an avatar.
            is_large = is_avatar(path) or _is_large(scope)
            slot = conversion_slot(kind, caller(scope), is_large=is_large)
            async with buffered(scope, receive) as receive_buffered, slot as scope[SLOT]:
                await self._application(scope, _counting(scope, receive_buffered), send)
        except (Busy, QueueFull):
            await _answer(send, *bodies.busy_reply(path))
        except BodyRefused as refused:
            await _answer(send, refused.status, refused.body)
        except ClientDisconnected:
            pass

    async def _pass_piece(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass on a piece of a file, in turn with other pieces: Django holds much of a body in memory."""
        if scope["method"] == "PATCH" and disk_space.is_short_for_uploads():
            raise BodyRefused(*bodies.no_room_reply(scope["path"]))
        async with buffered(scope, receive) as receive_buffered, _piece_queue().turn(caller(scope)):
            await self._application(scope, receive_buffered, send)


_queues: WeakKeyDictionary[asyncio.AbstractEventLoop, FairQueue] = WeakKeyDictionary()


def _piece_queue() -> FairQueue:
    """Return the queue of the running event loop."""
    loop = asyncio.get_running_loop()
    return _queues.setdefault(
        loop, FairQueue(MAX_CONCURRENT_PIECES, MAX_WAITING_PIECES, MAX_WAIT_SECONDS, PIECE_BREAKS)
    )


def _is_large(scope: Any) -> bool:
    """Return whether the announced body may hold a large file. True if no length is announced."""
    length = dict(scope["headers"]).get(b"content-length", b"")
    return not length.isdigit() or int(length) > LARGE_BYTES + bodies.FORM_BYTES


def _counting(scope: Any, receive: Receive) -> Receive:
    """Wrap `receive` so that it counts the bytes of the body in `scope[ARRIVED]`."""
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
        *bodies.extra_headers(status),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
