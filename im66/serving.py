"""What a process does of its own when it begins to serve. Importing the application does none of it."""

from functools import cache
from typing import Any

from server import heap, process
from uploads.protection import protect


@cache
def settle() -> None:
    """Once, when all is loaded and before anybody is served: memory is given back, the process is closed to
    its children, and nobody waits for the interpreter or the garbage collector for long."""
    heap.give_back()
    protect()
    process.settle()


class Settled:
    """An ASGI application around another one that answers requests, for servers that do not announce their
    start: the first request is that."""

    def __init__(self, application: Any) -> None:
        self._application = application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        settle()
        await self._application(scope, receive, send)
