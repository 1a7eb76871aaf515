"""The replies of group calls, as clients read them: JSON, always under HTTP status 200."""

from collections.abc import Callable, Iterator
from typing import Any

from django.conf import settings
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.translation import gettext
from rest_framework.response import Response

from accounts.codes import Cause, Name, name_of
from accounts.compact import compact
from accounts.language import reply_language
from accounts.late_replies import late

NO_DATA = object()
_CONTENT_TYPE = "application/json"


def ok(data: object) -> HttpResponseBase:
    """The reply to a successful call. `data`: the result, or `NO_DATA`, or an iterator over portions of a
    list. Portions are made one by one as the client reads them."""
    if isinstance(data, Iterator):
        return StreamingHttpResponse(_json_pieces(_success(NO_DATA), data), content_type=_CONTENT_TYPE)
    return Response(_success(data))


def _success(data: object) -> dict[str, Any]:
    reply: dict[str, Any] = {"code": settings.IM66.group_ok_code, "message": "OK"}
    return reply if data is NO_DATA else {**reply, "data": data}


def error(name: Name, message: str) -> Response:
    return Response(_error(name, message))


class PendingResponse(Response):
    """Something that belongs into it may not be there yet. `notify_when_ready(notify)` has `notify` called
    once, in any thread, when it is there, or False if nothing is missing. `renewed_data()` is what the reply
    says then; it reads the database, and raises DatabaseError."""

    notify_when_ready: Callable[[Callable[[], object]], bool]
    renewed_data: Callable[[], object]

    def renew(self) -> None:
        """Say what `renewed_data` says."""
        self.content = compact(_success(self.renewed_data()))
        if "Content-Length" in self.headers:
            self.headers["Content-Length"] = str(len(self.content))


def pending(
    data: object,
    notify_when_ready: Callable[[Callable[[], object]], bool],
    renewed_data: Callable[[], object],
) -> PendingResponse:
    """Like `ok`. See PendingResponse."""
    response = PendingResponse(_success(data))
    response.notify_when_ready, response.renewed_data = notify_when_ready, renewed_data
    return response


def too_fast(message: str) -> Response:
    """The reply to a call that comes too soon."""
    return late(error(Name.TOO_FAST, message))


def busy() -> HttpResponse:
    """The reply to a call that would have to wait too long. It reaches no view, so no view renders it."""
    with reply_language():
        reply = _error(Name.TRY_AGAIN, gettext(Cause.BUSY.text))
    return HttpResponse(compact(reply), content_type=_CONTENT_TYPE)


def refuse_body(status: int, message: str) -> bytes:
    """The reply to a call whose body is refused with that HTTP status. It reaches no view either."""
    return compact(_error(name_of(status, Name.TRY_AGAIN), message))


def _error(name: Name, message: str) -> dict[str, Any]:
    return {"code": name.legacy, "message": message}


def _json_pieces(reply: dict[str, Any], portions: Iterator[list[Any]]) -> Iterator[bytes]:
    """The JSON of `reply` with the items of all portions as its data, portion by portion."""
    before = compact({**reply, "data": []}).removesuffix(b"]}")
    for portion in portions:
        yield before + compact(portion)[1:-1]
        before = b","
    yield b"]}"
