"""Admits requests and sockets for this host only, no sockets from pages of other sites that IM66_ORIGINS does
not name, and no methods that HTTP does not have.

This runs before Django, whose own check of the host logs a traceback and does not cover sockets.
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

_LOOKED_AT = frozenset([b"host", b"origin", b"sec-fetch-site", b"sec-websocket-key"])
_BODY = b"Not here."
# The longest name (RFC 1035), with a port. Replies repeat the host many times.
LONGEST_HOST = 255 + 6
# The most characters of a stranger's text that go into the log.
_MAX_LOGGED = 100
# A client that names no origin, as no shipped app does, is refused so late: the Android app tries again as
# soon as it is refused.
HOLD_SECONDS = 3.0
# How many are kept waiting at the same time. Others are refused at once.
MAX_HELD = 2000


class Door:
    """An ASGI application that wraps another one."""

    def __init__(self, application: Callable[..., Awaitable[None]]) -> None:
        self._application = application

    def __call__(self, scope: Any, receive: Any, send: Any) -> Awaitable[None]:
        why = _rejection_reason(scope) if scope["type"] in {"http", "websocket"} else ""
        if not why:
            return self._application(scope, receive, send)
        logger.warning("Refused: %s", why)
        return (_refuse_socket if scope["type"] == "websocket" else _refuse_request)(scope, receive, send)


def _rejection_reason(scope: Any) -> str:
    """Why the request is refused; empty if it is not."""
    headers = _texts_of(scope["headers"])
    host = headers.get(b"host")
    if host is None:  # the same fallback as Django's
        host = str((scope.get("server") or ["localhost"])[0])
    if not is_allowed(host):
        return f"a {scope['type']} request for the host {host[:_MAX_LOGGED]!r}"
    # Django would take `post` for POST, and what limits uploads would not.
    if scope["type"] == "http" and not scope["method"].isupper():
        return f"a request by the method {scope['method'][:_MAX_LOGGED]!r}"
    if scope["type"] == "http" and b"sec-websocket-key" in headers:
        _log_missing_upgrade()
    if scope["type"] == "websocket":
        origin, site = headers.get(b"origin"), headers.get(b"sec-fetch-site")
        # A page of a listed origin comes in, and proves by a token who uses it: its cookies count nowhere.
        is_listed = origin in settings.CORS_ALLOWED_ORIGINS
        if not is_listed and is_foreign(origin, site, host, settings.CSRF_TRUSTED_ORIGINS):
            return f"a socket for a page of {(origin or site or '')[:_MAX_LOGGED]!r}"
        if origin and not is_listed:
            _check_address(origin)
    return ""


@cache
def _log_missing_upgrade() -> None:
    """Once: such a request gets the reply that it always got, and no socket."""
    logger.warning("A request for a socket came without Upgrade. %s", proxy.UPGRADE.remedy)


# The first origin of a page of ours that IM66_PUBLIC_URL does not name.
_other_origins: list[str] = []


def _check_address(origin: str) -> None:
    """Log the first page of ours that was opened at another address than IM66_PUBLIC_URL."""
    public_url = settings.IM66.public_url
    if public_url and origin not in settings.CSRF_TRUSTED_ORIGINS and not _other_origins:
        _other_origins.append(origin)
        logger.warning("%s", proxy.OTHER_ADDRESS.finding(origin=origin[:_MAX_LOGGED], public_url=public_url))


def is_allowed(host: str) -> bool:
    """Whether requests may name this host, by the rules of Django's ALLOWED_HOSTS."""
    return len(host) <= LONGEST_HOST and _is_among(tuple(settings.ALLOWED_HOSTS), host)


# All clients name the same few.
@lru_cache
def _is_among(allowed: tuple[str, ...], host: str) -> bool:
    domain, _ = split_domain_port(host)
    return bool(domain) and validate_host(domain, allowed)


def _texts_of(headers: Iterable[tuple[bytes, bytes]]) -> dict[bytes, str]:
    """The headers that are looked at here."""
    texts: dict[bytes, str] = {}
    for name, value in headers:
        if name in _LOOKED_AT:
            text = value.decode("latin-1")
            texts[name] = f"{texts[name]},{text}" if name in texts else text
    return texts


# How many sockets of each address are kept waiting.
_held: Counter[str] = Counter()


async def _refuse_socket(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    address = address_of(scope)
    is_page = any(name == b"origin" for name, _ in scope["headers"])
    if not is_page and _held.total() < MAX_HELD and _held[address] < settings.IM66.people_per_address:
        await _hold(address, receive)
    with suppress(OSError, RuntimeError):  # the socket is gone already
        await send({"type": "websocket.close", "code": 1008})


async def _hold(address: str, receive: Any) -> None:
    """Return after HOLD_SECONDS, or when the client is gone."""
    _held[address] += 1
    try:
        async with asyncio.timeout(HOLD_SECONDS):
            await receive()
    except TimeoutError:
        pass
    finally:
        _held[address] -= 1
        if not _held[address]:
            del _held[address]


async def _refuse_request(_: Any, __: Any, send: Any) -> None:
    headers = [
        (b"content-type", b"text/plain"),
        (b"content-length", b"%d" % len(_BODY)),
        # The request's body was not read.
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": 400, "headers": headers})
    await send({"type": "http.response.body", "body": _BODY})
