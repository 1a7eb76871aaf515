"""The replies of group calls, as clients read them: JSON, always under HTTP status 200."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.translation import gettext
from rest_framework.response import Response

from accounts.compact import compact
from accounts.language import reply_language

BAD_ARGUMENT, NOT_FOUND, NOT_ALLOWED, TOO_MANY, TOO_FAST, SERVER_ERROR = 2, 3, 4, 5, 6, 9

NOTHING = object()
_CONTENT_TYPE = "application/json"


def ok(data: object) -> HttpResponseBase:
    """The reply to a successful call. `data`: the result, or `NOTHING`, or an iterator over portions of a
    list. Portions are made one by one as the client reads them."""
    reply: dict[str, Any] = {"code": settings.IM66.group_ok_code, "message": "OK"}
    if isinstance(data, Iterator):
        return StreamingHttpResponse(_pieces(reply, data), content_type=_CONTENT_TYPE)
    return Response(reply if data is NOTHING else {**reply, "data": data})


def error(code: int, message: str) -> Response:
    return Response(_error(code, message))


class LateResponse(Response):
    """It is sent late, so those who wait for it are slowed down."""

    is_late = True


def too_fast(message: str) -> Response:
    """The reply to a call that comes too soon."""
    return LateResponse(_error(TOO_FAST, message))


def busy() -> HttpResponse:
    """The reply to a call that would have to wait too long. It reaches no view, so no view renders it."""
    with reply_language():
        reply = _error(SERVER_ERROR, gettext("The server is busy. Try again."))
    return HttpResponse(compact(reply), content_type=_CONTENT_TYPE)


def refuse_body(status: int, message: str) -> bytes:
    """The reply to a call whose body is refused with that HTTP status. It reaches no view either."""
    return compact(_error({413: BAD_ARGUMENT, 429: TOO_FAST}.get(status, SERVER_ERROR), message))


def _error(code: int, message: str) -> dict[str, Any]:
    return {"code": code, "message": message}


def _pieces(reply: dict[str, Any], portions: Iterator[list[Any]]) -> Iterator[bytes]:
    """The JSON of `reply` with the items of all portions as its data, portion by portion."""
    before = compact({**reply, "data": []}).removesuffix(b"]}")
    for portion in portions:
        yield before + compact(portion)[1:-1]
        before = b","
    yield b"]}"
