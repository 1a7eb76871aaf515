"""What a process does once when it begins to serve. Importing the application does none of it."""

import logging
from functools import cache
from typing import Any

from django.conf import settings
from django.urls import get_resolver

from accounts.authentication import authentication
from accounts.checks import check_authentication
from accounts.names import normalizing
from im66.clients import profile
from server import heap, process
from uploads.protection import protect

logger = logging.getLogger(__name__)


@cache
def settle() -> None:
    """Called once, when everything is loaded and before anybody is served. Says for which clients the server
    is set up, loads what verifies tokens, what normalizes texts and what answers calls, gives memory back,
    closes the process to its children, and keeps the waits for the interpreter and the garbage collector
    short."""
    logger.info(profile(settings.IM66))
    authentication.prepare()
    normalizing.prepare()
    # Otherwise the first call loads it, in the event loop, and everybody waits for a tenth of a second.
    _ = get_resolver().url_patterns
    heap.give_back()
    heap.give_back_regularly()
    protect()
    process.settle()


def say_doubts() -> None:
    """Log what is doubtful about who is believed. `manage.py serve` prints all of Django's checks by
    itself."""
    for doubt in check_authentication(None):
        logger.warning("%s %s", doubt.msg, doubt.hint)


class Settled:
    """An ASGI application that wraps another one, for servers that do not announce their start: the first
    request is the start."""

    def __init__(self, application: Any) -> None:
        self._application = application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        settle()
        await self._application(scope, receive, send)
