"""What a process does once when it begins to serve. Importing the application does none of it."""

import logging
from dataclasses import fields
from functools import cache
from typing import Any

from django.conf import settings
from django.urls import get_resolver

from accounts.authentication import authentication
from accounts.checks import check_authentication
from accounts.names import normalizing
from im66.environment import Environment, variable
from im66.variables import ANY, SHIPPED, default_by_clients
from server import process
from uploads.protection import protect

_NAMES = {ANY: "any clients", SHIPPED: "the shipped apps"}


def profile(environment: Environment) -> str:
    """One sentence: the profile in force, and the settings that differ from it."""
    sentence = f"Set up for {_NAMES[environment.clients]} (IM66_CLIENTS={environment.clients})"
    others = ", ".join(_differing(environment))
    return f"{sentence}, but {others}." if others else f"{sentence}."


def _differing(environment: Environment) -> list[str]:
    of_profile = {field.name: default_by_clients(field, environment.clients) for field in fields(environment)}
    return [
        f"{variable(name)}={getattr(environment, name)}"
        for name, default in of_profile.items()
        if default is not None and getattr(environment, name) != default
    ]


logger = logging.getLogger(__name__)


@cache
def settle() -> None:
    """Called once, when everything is loaded and before anybody is served. Says for which clients the server
    is set up, reports errors from then on if there is an IM66_SENTRY_DSN, loads what verifies tokens, what
    normalizes texts and what answers calls, gives memory back, closes the process to its children, and keeps
    the waits for the interpreter and the garbage collector short."""
    logger.info(profile(settings.IM66))
    if settings.IM66.sentry_dsn:
        # Imported here: few use it, and its packages need not be installed.
        from im66.operating import error_reports

        error_reports.begin(settings.IM66.sentry_dsn, settings.OWN_LOGGERS)
    authentication.prepare()
    normalizing.prepare()
    # Otherwise the first call loads it, in the event loop, and everybody waits for a tenth of a second.
    _ = get_resolver().url_patterns
    process.return_large_blocks()
    process.start_trimming()
    protect()
    process.tune_interpreter()


def say_doubts() -> None:
    """Log doubts about authentication. `manage.py serve` prints all of Django's checks by itself."""
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
