"""Lets pages of the origins in IM66_ORIGINS use the API and read media.

A token proves who uses such a page. No reply allows it to send cookies, and a cookie counts for pages of this
server only (`accounts.authentication.browser_sessions`). Every reply has the headers, also one that is given
before Django is asked: without them a page cannot read why it was refused.

django-cors-headers makes the headers. Preflights are answered here, because they must not wait for
the turn of a call.
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
_ASKS_FOR = b"access-control-request-method"


class CrossOrigin:
    """An ASGI application that wraps another one, for HTTP."""

    def __init__(self, application: Callable[..., Awaitable[None]]) -> None:
        self._application = application

    def __call__(self, scope: Any, receive: Any, send: Any) -> Awaitable[None]:
        of_request = dict(scope["headers"])
        origin = of_request.get(b"origin", b"").decode("latin-1")
        is_preflight = scope["method"] == "OPTIONS" and _ASKS_FOR in of_request
        headers = headers_for(scope["path"], origin, is_preflight=is_preflight)
        if not headers:
            return self._application(scope, receive, send)
        if is_preflight:
            return _answer_preflight(scope, send, headers)
        return self._application(scope, receive, _adding(headers, send))


def headers_for(path: str, origin: str, *, is_preflight: bool = False) -> Headers:
    """What is said to a page of that origin, empty if the request names none. Nothing, if no page of another
    origin may use that path."""
    listed = settings.CORS_ALLOWED_ORIGINS
    if not listed or not _SHARED.match(path):
        return ()
    return _made(origin if origin in listed else "", is_preflight)


# There are as many as there are origins on the list.
@lru_cache(maxsize=256)
def _made(origin: str, is_preflight: bool) -> Headers:
    request = HttpRequest()
    request.method = "OPTIONS" if is_preflight else "GET"
    if origin:
        request.META["HTTP_ORIGIN"] = origin
    # Its content says nothing, and has no type.
    bare = HttpResponse()
    del bare.headers["Content-Type"]
    response: Any = CorsMiddleware(lambda _: bare)(request)
    return tuple((name.lower().encode(), value.encode()) for name, value in response.headers.items())


async def _answer_preflight(scope: Any, send: Any, headers: Headers) -> None:
    response = HttpResponse(status=204)
    del response.headers["Content-Type"]
    try:
        limits.current().queries.take(address_of(scope))
    except TooFast as error:
        await late_replies.wait()
        response = plain_response(error_of(error), "")
    own = [(name.lower().encode(), value.encode()) for name, value in response.headers.items()]
    await send({"type": "http.response.start", "status": response.status_code, "headers": [*own, *headers]})
    await send({"type": "http.response.body", "body": response.content})


def _adding(headers: Headers, send: Any) -> Any:
    async def send_with_headers(message: Any) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), *headers]}
        await send(message)

    return send_with_headers
