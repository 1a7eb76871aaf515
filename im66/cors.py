"""CORS: allows pages of the origins in IM66_ORIGINS to use the API and to read media.

Such pages authenticate with a token. No reply allows them to send cookies, and cookies are accepted from
pages of this server only (`accounts.authentication.browser_sessions`). Every reply has the CORS headers, also
those that are sent before Django gets the request: without them a page cannot read the reason of a refusal.

django-cors-headers makes the headers. Preflights are answered here, because they must not wait in the queue
of API calls.
"""

import re
from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import Any

from corsheaders.middleware import CorsMiddleware
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from accounts import late_replies
from accounts.api.errors import error_of, plain_response
from accounts.api.paths import ROOT
from accounts.limits import limits
from accounts.limits.callers import address_of
from accounts.limits.limits import TooFast

Headers = tuple[tuple[bytes, bytes], ...]

_SHARED = re.compile(rf"{ROOT}|/(?:(?:wsim/)?media|files)/")
_REQUEST_METHOD = b"access-control-request-method"


class CrossOrigin:
    """An ASGI application that wraps another one, for HTTP."""

    def __init__(self, application: Callable[..., Awaitable[None]]) -> None:
        self._application = application

    def __call__(self, scope: Any, receive: Any, send: Any) -> Awaitable[None]:
        request_headers = dict(scope["headers"])
        origin = request_headers.get(b"origin", b"").decode("latin-1")
        is_preflight = scope["method"] == "OPTIONS" and _REQUEST_METHOD in request_headers
        headers = headers_for(scope["path"], origin, is_preflight=is_preflight)
        if not headers:
            return self._application(scope, receive, send)
        if is_preflight:
            return _answer_preflight(scope, send, headers)
        return self._application(scope, receive, _with_headers(headers, send))


def headers_for(path: str, origin: str, *, is_preflight: bool = False) -> Headers:
    """Return the CORS headers for a page of this origin, which is empty if the request has none. Return none
    for a path that other origins may not use."""
    allowed = settings.CORS_ALLOWED_ORIGINS
    if not allowed or not _SHARED.match(path):
        return ()
    return _cors_headers(origin if origin in allowed else "", is_preflight)


# At most twice the number of allowed origins.
@lru_cache(maxsize=256)
def _cors_headers(origin: str, is_preflight: bool) -> Headers:
    request = HttpRequest()
    request.method = "OPTIONS" if is_preflight else "GET"
    if origin:
        request.META["HTTP_ORIGIN"] = origin
    empty = HttpResponse()
    del empty.headers["Content-Type"]
    response: Any = CorsMiddleware(lambda _: empty)(request)
    return tuple((name.lower().encode(), value.encode()) for name, value in response.headers.items())


async def _answer_preflight(scope: Any, send: Any, headers: Headers) -> None:
    response = HttpResponse(status=204)
    del response.headers["Content-Type"]
    try:
        limits.current().queries.take(address_of(scope))
    except TooFast as error:
        await late_replies.wait_late()
        response = plain_response(error_of(error), "")
    own = [(name.lower().encode(), value.encode()) for name, value in response.headers.items()]
    await send({"type": "http.response.start", "status": response.status_code, "headers": [*own, *headers]})
    await send({"type": "http.response.body", "body": response.content})


def _with_headers(headers: Headers, send: Any) -> Any:
    async def send_with_headers(message: Any) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), *headers]}
        await send(message)

    return send_with_headers
