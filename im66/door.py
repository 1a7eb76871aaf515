"""Refuses requests and WebSockets for other hosts, WebSockets from pages of origins that are not in
IM66_ORIGINS, and methods in lower case.

This runs before Django, whose own check of the host logs a traceback and does not cover WebSockets.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from functools import cache, lru_cache
from typing import Any

from django.conf import settings
from django.http.request import split_domain_port, validate_host

from accounts.authentication.origins import is_foreign
from accounts.limits.callers import address_of
from im66.doctor import proxy

logger = logging.getLogger(__name__)

_CHECKED_HEADERS = frozenset([b"host", b"origin", b"sec-fetch-site", b"sec-websocket-key"])
_BODY = b"Not here."
# The longest name (RFC 1035), with a port. Bounded because replies repeat the host many times.
MAX_HOST_LENGTH = 255 + 6
# The maximum number of characters of a client's text in the log.
_MAX_LOGGED = 100
# A WebSocket without an origin, such as that of a shipped app, is refused after this delay: the Android app
# reconnects as soon as it is refused.
REFUSAL_DELAY_SECONDS = 3.0
# The maximum number of delayed refusals. Further sockets are refused at once.
MAX_DELAYED = 2000


class Door:
    """An ASGI application that wraps another one."""

    def __init__(self, application: Callable[..., Awaitable[None]]) -> None:
        self._application = application

    def __call__(self, scope: Any, receive: Any, send: Any) -> Awaitable[None]:
        reason = _rejection_reason(scope) if scope["type"] in {"http", "websocket"} else ""
        if not reason:
            return self._application(scope, receive, send)
        logger.warning("Refused: %s", reason)
        return (_refuse_socket if scope["type"] == "websocket" else _refuse_request)(scope, receive, send)


def _rejection_reason(scope: Any) -> str:
    """Return why the request is refused; empty if it is accepted."""
    headers = _checked_headers(scope["headers"])
    host = headers.get(b"host")
    if host is None:  # the same fallback as Django's
        host = str((scope.get("server") or ["localhost"])[0])
    if not is_allowed(host):
        return f"a {scope['type']} request for the host {host[:_MAX_LOGGED]!r}"
    # Django treats `post` as POST, but the code that limits uploads does not.
    if scope["type"] == "http" and not scope["method"].isupper():
        return f"a request by the method {scope['method'][:_MAX_LOGGED]!r}"
    if scope["type"] == "http" and b"sec-websocket-key" in headers:
        _log_missing_upgrade()
    if scope["type"] == "websocket":
        origin, site = headers.get(b"origin"), headers.get(b"sec-fetch-site")
        # A page of a listed origin is admitted. It authenticates with a token; its cookies are ignored.
        is_listed = origin in settings.CORS_ALLOWED_ORIGINS
        if not is_listed and is_foreign(origin, site, host, settings.CSRF_TRUSTED_ORIGINS):
            return f"a socket for a page of {(origin or site or '')[:_MAX_LOGGED]!r}"
        if origin and not is_listed:
            _check_address(origin)
    return ""


@cache
def _log_missing_upgrade() -> None:
    """Log once that a proxy drops the Upgrade header. The request is handled as a usual one."""
    logger.warning("A request for a socket came without Upgrade. %s", proxy.UPGRADE.remedy)


# The first origin of a page of this server that differs from IM66_PUBLIC_URL.
_other_origins: list[str] = []


def _check_address(origin: str) -> None:
    """Log the first time that a page of this server was opened at another address than IM66_PUBLIC_URL."""
    public_url = settings.IM66.public_url
    if public_url and origin not in settings.CSRF_TRUSTED_ORIGINS and not _other_origins:
        _other_origins.append(origin)
        logger.warning("%s", proxy.OTHER_ADDRESS.finding(origin=origin[:_MAX_LOGGED], public_url=public_url))


def is_allowed(host: str) -> bool:
    """Whether requests may name this host, by the rules of Django's ALLOWED_HOSTS."""
    return len(host) <= MAX_HOST_LENGTH and _is_valid_host(tuple(settings.ALLOWED_HOSTS), host)


# Clients send only a few different hosts.
@lru_cache
def _is_valid_host(allowed: tuple[str, ...], host: str) -> bool:
    domain, _ = split_domain_port(host)
    return bool(domain) and validate_host(domain, allowed)


def _checked_headers(headers: Iterable[tuple[bytes, bytes]]) -> dict[bytes, str]:
    """Return the headers in _CHECKED_HEADERS. Repeated headers are joined with commas."""
    texts: dict[bytes, str] = {}
    for name, value in headers:
        if name in _CHECKED_HEADERS:
            text = value.decode("latin-1")
            texts[name] = f"{texts[name]},{text}" if name in texts else text
    return texts


# The number of delayed refusals by address.
_delayed: Counter[str] = Counter()


async def _refuse_socket(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    address = address_of(scope)
    is_page = any(name == b"origin" for name, _ in scope["headers"])
    can_delay = _delayed.total() < MAX_DELAYED and _delayed[address] < settings.IM66.people_per_address
    if not is_page and can_delay:
        await _delay(address, receive)
    with suppress(OSError, RuntimeError):  # the socket is closed already
        await send({"type": "websocket.close", "code": 1008})


async def _delay(address: str, receive: Any) -> None:
    """Return after REFUSAL_DELAY_SECONDS, or when the client has disconnected."""
    _delayed[address] += 1
    try:
        async with asyncio.timeout(REFUSAL_DELAY_SECONDS):
            await receive()
    except TimeoutError:
        pass
    finally:
        _delayed[address] -= 1
        if not _delayed[address]:
            del _delayed[address]


async def _refuse_request(_: Any, __: Any, send: Any) -> None:
    headers = [
        (b"content-type", b"text/plain"),
        (b"content-length", b"%d" % len(_BODY)),
        # The request's body is still unread.
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": 400, "headers": headers})
    await send({"type": "http.response.body", "body": _BODY})
