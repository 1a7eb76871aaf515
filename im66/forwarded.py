"""Puts the client's address, scheme and userid into each scope, as far as a trusted proxy has sent them.

`X-Forwarded-For`, `X-Forwarded-Proto` and the header that IM66_REMOTE_USER_HEADER names are trusted from
IM66_PROXIES only. No other proxy header is trusted at all. Later applications read the scope only.
"""

import logging
from collections.abc import Awaitable, Callable
from operator import itemgetter
from typing import Any

from django.conf import settings

from accounts.limits.callers import FORWARDED_FOR
from accounts.names.userids import is_userid
from accounts.proxies import Proxies
from im66.doctor import proxy

logger = logging.getLogger(__name__)

_FORWARDED_PROTO = b"x-forwarded-proto"
_HEADERS = {FORWARDED_FOR, _FORWARDED_PROTO}
_NAME = itemgetter(0)
_SCHEMES = {
    "http": {"http": "http", "https": "https"},
    "websocket": {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"},
}
_NOT_LISTED = (
    "Requests come with X-Forwarded-For from %.100r, which is not in IM66_PROXIES. If that is your proxy,"
    " name it there. Until then all its clients count as one address, and nobody is known to speak TLS."
)
_NOT_LISTED_FOR_USERS = (
    "Requests come with %s from %.100r, which is not in IM66_PROXIES. Nobody is signed in by it. If that is"
    " no proxy of yours, somebody tries to be somebody else."
)

# The key in a scope for the userid that a proxy has sent.
REMOTE_USER = "im66.remote_user"


class Forwarded:
    """An ASGI application that wraps another one."""

    def __init__(self, application: Callable[..., Awaitable[None]]) -> None:
        self._application = application
        self._has_warned = False
        self._has_warned_of_users = False
        self._has_warned_of_scheme = False

    def __call__(self, scope: Any, receive: Any, send: Any) -> Awaitable[None]:
        # First, while the scope still has the address of the peer.
        if settings.IM66.remote_user_header and scope["type"] in _SCHEMES:
            self._apply_user(scope, settings.IM66.remote_user_header)
        if scope["type"] in _SCHEMES and not _HEADERS.isdisjoint(map(_NAME, scope["headers"])):
            self._apply_forwarded(scope, settings.IM66.proxies)
        return self._application(scope, receive, send)

    def _apply_forwarded(self, scope: Any, proxies: Proxies) -> None:
        """Change the scope in place, because the server may log the client from it."""
        peer, _ = scope.get("client") or ("", 0)
        forwarded, scheme = _value(scope, FORWARDED_FOR), _value(scope, _FORWARDED_PROTO)
        scope["headers"] = [pair for pair in scope["headers"] if pair[0] not in _HEADERS]
        if proxies.include(peer):
            _set_scheme(scope, scheme)
            self._check_scheme(scheme)
        elif forwarded and settings.IM66.production:
            self._warn(peer)
        address, rest = proxies.client_of(peer, forwarded)
        if address != peer:
            scope["client"] = (address, 0)
        if rest:
            scope["headers"].append((FORWARDED_FOR, rest.encode("latin-1")))

    def _apply_user(self, scope: Any, header: str) -> None:
        name = header.lower().encode()
        values = [value for key, value in scope["headers"] if key == name]
        if not values:
            return
        scope["headers"] = [pair for pair in scope["headers"] if pair[0] != name]
        peer, _ = scope.get("client") or ("", 0)
        if settings.IM66.proxies.include(peer):
            # If there are two, the client may have sent one of them.
            scope[REMOTE_USER] = _userid_in(values[0]) if len(values) == 1 else ""
        elif not self._has_warned_of_users:
            self._has_warned_of_users = True
            logger.warning(_NOT_LISTED_FOR_USERS, header, peer or "unix")

    def _check_scheme(self, forwarded: str) -> None:
        if not (forwarded or self._has_warned_of_scheme) and settings.IM66.public_url.startswith("https:"):
            self._has_warned_of_scheme = True
            logger.warning("%s", proxy.PROTO.finding())

    def _warn(self, peer: str) -> None:
        if not self._has_warned:
            self._has_warned = True
            logger.warning(_NOT_LISTED, peer or "unix")


def _set_scheme(scope: Any, forwarded: str) -> None:
    # The last value is that of the nearest proxy.
    scheme_name = forwarded.rpartition(",")[2].strip().lower()
    if scheme := _SCHEMES[scope["type"]].get(scheme_name):
        scope["scheme"] = scheme


def _userid_in(value: bytes) -> str:
    """Decode a userid from UTF-8, as proxies send it. Empty if it is not a valid userid."""
    userid = value.strip().decode("utf-8", "replace")
    return userid if is_userid(userid) else ""


def _value(scope: Any, name: bytes) -> str:
    return b",".join(value for key, value in scope["headers"] if key == name).decode("latin-1")
