"""Admits requests and sockets for this host only, no sockets from pages of other sites, and no methods that
HTTP does not have.

This runs before Django, whose own check of the host logs a traceback and does not cover sockets.
"""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from django.conf import settings
from django.http.request import split_domain_port, validate_host

from accounts.origins import is_foreign

logger = logging.getLogger(__name__)

_BODY = b"Not here."
# The longest name (RFC 1035), with a port. Replies repeat the host many times.
LONGEST_HOST = 255 + 6
# The most characters of a stranger's text that go into the log.
_SAID = 100


class Door:
    """An ASGI application that wraps another one."""

    def __init__(self, application: Callable[..., Awaitable[None]]) -> None:
        self._application = application

    def __call__(self, scope: Any, receive: Any, send: Any) -> Awaitable[None]:
        why = _why_not(scope) if scope["type"] in {"http", "websocket"} else ""
        if not why:
            return self._application(scope, receive, send)
        logger.warning("Refused: %s", why)
        return (_refuse_socket if scope["type"] == "websocket" else _refuse_request)(receive, send)


def _why_not(scope: Any) -> str:
    """Why the request is refused; empty if it is not."""
    host = _header(scope, b"host")
    if host is None:  # the same fallback as Django's
        host = str((scope.get("server") or ["localhost"])[0])
    if not is_allowed(host):
        return f"a {scope['type']} request for the host {host[:_SAID]!r}"
    # Django would take `post` for POST, and what limits uploads would not.
    if scope["type"] == "http" and not scope["method"].isupper():
        return f"a request by the method {scope['method'][:_SAID]!r}"
    if scope["type"] == "websocket":
        origin, site = _header(scope, b"origin"), _header(scope, b"sec-fetch-site")
        if is_foreign(origin, site, host, settings.CSRF_TRUSTED_ORIGINS):
            return f"a socket for a page of {(origin or site or '')[:_SAID]!r}"
    return ""


def is_allowed(host: str) -> bool:
    """Whether requests may name this host, by the rules of Django's ALLOWED_HOSTS."""
    domain, _ = split_domain_port(host) if len(host) <= LONGEST_HOST else ("", "")
    return bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS)


def _header(scope: Any, name: bytes) -> str | None:
    values = [value.decode("latin-1") for key, value in scope["headers"] if key == name]
    return ",".join(values) if values else None


async def _refuse_socket(receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "websocket.close", "code": 1008})


async def _refuse_request(_: Any, send: Any) -> None:
    headers = [
        (b"content-type", b"text/plain"),
        (b"content-length", b"%d" % len(_BODY)),
        # The request's body was not read.
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": 400, "headers": headers})
    await send({"type": "http.response.body", "body": _BODY})
