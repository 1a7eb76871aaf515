"""`ETag`, `If-None-Match` and `If-Match` (RFC 9110, 13): what somebody has seen is changed only if it is
still as it was.

A tag has two halves: a digest of what a change could change, and one of all that is shown. `If-Match`
compares the first, because a new message in a conversation does not change its settings. `If-None-Match`
compares both.
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
# What an answer says of the change, and not of what was changed.
_OF_CHANGE = "result"
_DIGITS = 16


class ConditionalView(ApiView):
    """A view of one thing, whose GET and PATCH answer with it."""

    # Which fields a change could change; empty: all.
    changeable: Collection[str] = ()

    def current(self, **parts: str) -> dict[str, Any]:
        """What GET answers. Has no effect."""
        raise NotImplementedError

    def could_change(self, thing: dict[str, Any]) -> dict[str, Any]:
        """What of the thing a change could change."""
        return {name: thing.get(name) for name in self.changeable} if self.changeable else thing

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        name = str(request.method).lower()
        if handler := getattr(self, name, None):
            vars(self)[name] = partial(_answer, self, handler)


def _answer(view: ConditionalView, handler: Callable[..., Any], request: Request, **parts: str) -> Any:
    """Raises ApiError if something else was seen than there is."""
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
    """Compression makes a tag a weak one."""
    return [one.removeprefix("W/") for one in parse_etags(header)]


def _half(tag: str) -> str:
    return tag.strip('"').partition("-")[0]


def _tag(view: ConditionalView, representation: dict[str, Any]) -> str:
    thing = {name: value for name, value in representation.items() if name != _OF_CHANGE}
    return f'"{_digest(view.could_change(thing))}-{_digest(thing)}"'


def _digest(value: Any) -> str:
    return sha256(compact(value)).hexdigest()[:_DIGITS]
