"""Returns to the doctor the headers of its request as they arrive behind the proxy.

Only a doctor with the same secret key gets an answer. Other requests are passed on, and find nothing at this
path.
"""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner

PATH = "/.well-known/im66-doctor"
# An intercepted pass is valid only for this path, and only this long.
PASS_SECONDS = 60
_HEADERS = ("host", "x-forwarded-for", "x-forwarded-proto")


def make_pass() -> str:
    return f"Bearer {_signer().sign('doctor')}"


class Echo:
    """An ASGI application that wraps those that change the headers of a proxy."""

    def __init__(self, application: Callable[..., Awaitable[None]]) -> None:
        self._application = application

    def __call__(self, scope: Any, receive: Any, send: Any) -> Awaitable[None]:
        if scope["type"] == "http" and scope["path"] == PATH and _is_doctor(scope):
            return _answer(scope, send)
        return self._application(scope, receive, send)


def _signer() -> TimestampSigner:
    return TimestampSigner(salt="im66.doctor")


def _is_doctor(scope: Any) -> bool:
    token = _header(scope, "authorization").removeprefix("Bearer ")
    try:
        return _signer().unsign(token, max_age=PASS_SECONDS) == "doctor"
    except BadSignature:
        return False


async def _answer(scope: Any, send: Any) -> None:
    peer, _ = scope.get("client") or ("", 0)
    content: dict[str, Any] = {name: _header(scope, name) for name in _HEADERS}
    content |= {"peer": peer or "unix", "is_listed": settings.IM66.proxies.include(peer)}
    body = json.dumps(content).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    headers.append((b"cache-control", b"no-store"))
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _header(scope: Any, name: str) -> str:
    return b",".join(value for key, value in scope["headers"] if key == name.encode()).decode("latin-1")
