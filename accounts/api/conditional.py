"""`ETag`, `If-None-Match` and `If-Match` (RFC 9110, 13): a resource is changed only if it is still as the
caller saw it.

A tag has two halves: a digest of the changeable fields, and a digest of all fields. `If-Match` compares the
first, because a new message in a conversation does not change its settings. `If-None-Match` compares both.
"""

from collections.abc import Callable, Collection
from functools import partial
from hashlib import sha256
from typing import Any

from django.utils.http import parse_etags
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import preconditions
from accounts.api.base import ApiView
from accounts.api.errors import ApiError
from accounts.codes import Name
from accounts.compact import compact

_READ = ("GET", "HEAD")
# A field of a response that describes the change and not the resource.
_RESULT_FIELD = "result"
_DIGITS = 16


class ConditionalView(ApiView):
    """A view of one resource, which GET and PATCH return."""

    # The fields that a request can change; empty: all.
    changeable: Collection[str] = ()

    def current(self, **parts: str) -> dict[str, Any]:
        """Return the representation that GET returns. Has no side effects."""
        raise NotImplementedError

    def changeable_part(self, thing: dict[str, Any]) -> dict[str, Any]:
        """Return the fields that a request can change."""
        return {name: thing.get(name) for name in self.changeable} if self.changeable else thing

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        name = str(request.method).lower()
        if handler := getattr(self, name, None):
            vars(self)[name] = partial(_answer, self, handler)


def _answer(view: ConditionalView, handler: Callable[..., Any], request: Request, **parts: str) -> Any:
    """Call the handler and add the tag. Raises ApiError if `If-Match` does not match the current resource."""
    seen, is_read = request.headers.get("If-Match"), request.method in _READ
    if seen is None or is_read:
        answer = handler(request, **parts)
    else:
        require = partial(_require, view, seen, parts)
        require()
        with preconditions.required(require):
            answer = handler(request, **parts)
    if answer.status_code == 200 and (is_read or request.method == "PATCH"):
        answer.headers["ETag"] = tag = _tag(view, answer.data)
        if is_read and tag in _tags(request.headers.get("If-None-Match", "")):
            return Response(status=304, headers={"ETag": tag})
    return answer


def _require(view: ConditionalView, seen: str, parts: dict[str, str]) -> None:
    current, tags = _tag(view, view.current(**parts)), _tags(seen)
    if "*" not in tags and _half(current) not in map(_half, tags):
        raise ApiError(Name.CONFLICT, "It was changed meanwhile.", why="changed", status=412)


def _tags(header: str) -> list[str]:
    """Return the tags of the header without the mark of a weak tag, which compression adds."""
    return [tag.removeprefix("W/") for tag in parse_etags(header)]


def _half(tag: str) -> str:
    return tag.strip('"').partition("-")[0]


def _tag(view: ConditionalView, representation: dict[str, Any]) -> str:
    thing = {name: value for name, value in representation.items() if name != _RESULT_FIELD}
    return f'"{_digest(view.changeable_part(thing))}-{_digest(thing)}"'


def _digest(value: Any) -> str:
    return sha256(compact(value)).hexdigest()[:_DIGITS]
