"""So many uploads at a time, the others wait outside: before Django reads their bodies or starts a thread.

Past it, fifty uploads at once would be fifty threads, and whoever chats would wait for each of them.
"""

from typing import Any

from uploads import replies, room
from uploads.bodies import kind_of
from uploads.callers import caller
from uploads.places import Busy, place
from uploads.tasks import NO_ROOM


class Gate:
    """An ASGI application around another one, which gets no more uploads than can be converted at once."""

    def __init__(self, application: Any) -> None:
        self._application = application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        kind = kind_of(scope["path"]) if scope["method"] == "POST" else None
        if not kind:
            await self._application(scope, receive, send)
            return
        if room.is_short_for_uploads():
            await _refuse(send, NO_ROOM)
            return
        try:
            async with place(kind, caller(scope)):
                await self._application(scope, receive, send)
        except Busy:
            await _refuse(send, replies.BUSY)


async def _refuse(send: Any, message: str) -> None:
    body = replies.encode(replies.SERVER_ERROR, message)
    headers = [
        (b"content-type", replies.CONTENT_TYPE.encode()),
        (b"content-length", b"%d" % len(body)),
        # Its body was not read.
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
