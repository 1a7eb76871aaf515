"""What the group calls answer, as clients read it: JSON, always under HTTP status 200."""

import json
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse

BAD_ARGUMENT, NOT_FOUND, TOO_MANY, SERVER_ERROR = 2, 3, 5, 9

NOTHING = object()
_CONTENT_TYPE = "application/json"


def ok(data: object) -> HttpResponseBase:
    """A call went well. `data`: what it returns, or `NOTHING`, or an iterator over portions of a list, which
    are made one by one as the client takes them."""
    reply: dict[str, Any] = {"code": settings.IM66_GROUP_OK_CODE, "message": "OK"}
    if isinstance(data, Iterator):
        return StreamingHttpResponse(_pieces(reply, data), content_type=_CONTENT_TYPE)
    return _json(reply if data is NOTHING else {**reply, "data": data})


def error(code: int, message: str) -> HttpResponse:
    return _json({"code": code, "message": message})


def busy() -> HttpResponse:
    """What is said to a call that would have to wait too long."""
    return error(SERVER_ERROR, "The server is busy. Try again.")


def _pieces(reply: dict[str, Any], portions: Iterator[list[Any]]) -> Iterator[bytes]:
    """What `_json` would make of `reply` with the items of all portions as its data, portion by portion."""
    before = _encode({**reply, "data": []}).removesuffix("]}")
    for portion in portions:
        yield (before + _encode(portion)[1:-1]).encode()
        before = ","
    yield b"]}"


def _json(reply: dict[str, Any]) -> HttpResponse:
    return HttpResponse(_encode(reply), content_type=_CONTENT_TYPE)


def _encode(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
