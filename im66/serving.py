"""Prepares a process to serve. Importing the application does none of this."""

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
    """Return a sentence with the profile in force and the settings that differ from it."""
    sentence = f"Set up for {_NAMES[environment.clients]} (IM66_CLIENTS={environment.clients})"
    others = ", ".join(_differing_settings(environment))
    return f"{sentence}, but {others}." if others else f"{sentence}."


def _differing_settings(environment: Environment) -> list[str]:
    defaults = {field.name: default_by_clients(field, environment.clients) for field in fields(environment)}
    return [
        f"{variable(name)}={getattr(environment, name)}"
        for name, default in defaults.items()
        if default is not None and getattr(environment, name) != default
    ]


logger = logging.getLogger(__name__)


@cache
def settle() -> None:
    """Prepare the process, once, after everything is loaded and before the first request: log the profile,
    begin to report errors if IM66_SENTRY_DSN is set, load the modules that verify tokens, normalize texts and
    answer calls, return memory to the system, protect the process from its children, and shorten the waits
    for the GIL and the garbage collector."""
    logger.info(profile(settings.IM66))
    if settings.IM66.sentry_dsn:
        # Imported here, because its packages are optional.
        from im66.operating import error_reports

        error_reports.begin(settings.IM66.sentry_dsn, settings.OWN_LOGGERS)
    authentication.prepare()
    normalizing.prepare()
    # Otherwise the first call loads it, which blocks the event loop for a tenth of a second.
    _ = get_resolver().url_patterns
    process.return_large_blocks()
    process.start_trimming()
    protect()
    process.tune_interpreter()


def log_authentication_warnings() -> None:
    """Log the warnings of the authentication check. `manage.py serve` prints all checks of Django itself."""
    for warning in check_authentication(None):
        logger.warning("%s %s", warning.msg, warning.hint)


class Settled:
    """An ASGI application that prepares the process at the first request, for servers without the lifespan
    protocol."""

    def __init__(self, application: Any) -> None:
        self._application = application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        settle()
        await self._application(scope, receive, send)
