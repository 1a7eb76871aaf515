"""The upper limit for a server: it sends frames of the usual size in a bare loop, and parses and stores
nothing.

`login_…` adds a socket. `burst_<sender>_<content>_<content>…` from any socket sends a frame with each content
to each added socket. Any other text is answered at once, which proves that it was read.
"""

from collections.abc import Awaitable, Callable
from typing import Any

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

_sockets: set[Send] = set()


async def application(scope: Any, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await _serve(receive, send)


async def _serve(receive: Receive, send: Send) -> None:
    try:
        while (message := await receive())["type"] != "websocket.disconnect":
            if message["type"] == "websocket.connect":
                await send({"type": "websocket.accept"})
            else:
                await _answer(message["text"], send)
    finally:
        _sockets.discard(send)


async def _answer(text: str, send: Send) -> None:
    verb, _, rest = text.partition("_")
    if verb == "login":
        _sockets.add(send)
    elif verb == "burst":
        await _burst(*rest.split("_"))
    else:
        await send({"type": "websocket.send", "text": "error_400_unknown verb"})


async def _burst(sender: str, *contents: str) -> None:
    for content in contents:
        frame = {"type": "websocket.send", "text": f"text_{sender}_{content}_group_1_1700000000_"}
        for send in list(_sockets):
            await send(frame)
