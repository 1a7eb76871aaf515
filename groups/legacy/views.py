"""The legacy HTTP calls for groups (seed: 群管理).

Always HTTP status 200 and JSON: the shipped clients read only the body. `code` tells what happened.
"""

import json
import logging
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    StreamingHttpResponse,
    UnreadablePostError,
)
from django.http.multipartparser import MultiPartParserError
from django.views.decorators.csrf import csrf_exempt
from rest_framework.serializers import Serializer, ValidationError

from accounts.origins import refusal
from accounts.selectors import avatar_url
from groups import selectors, services
from groups.errors import (
    GroupError,
    GroupNotFound,
    InvalidValue,
    NoRoom,
    TooManyGroups,
    TooManyMembers,
)
from groups.legacy import parameters
from groups.models import Group
from groups.pictures.refreshing import look_at
from groups.selectors import Member

logger = logging.getLogger(__name__)

BAD_ARGUMENT, NOT_FOUND, TOO_MANY, SERVER_ERROR = 2, 3, 5, 9

_ERROR_CODES: dict[type[GroupError], int] = {
    InvalidValue: BAD_ARGUMENT,
    GroupNotFound: NOT_FOUND,
    TooManyGroups: TOO_MANY,
    TooManyMembers: TOO_MANY,
    NoRoom: SERVER_ERROR,
}

LegacyCall = Callable[[HttpRequest, dict[str, Any]], Any]
_NOTHING = object()


def legacy_call(
    serializer: type[Serializer[Any]], *, changes: bool = False
) -> Callable[[LegacyCall], Callable[[HttpRequest], HttpResponseBase]]:
    """Make a view of a function that takes the call's parameters and returns its `data`, or `_NOTHING`, or an
    iterator over portions of a list: they are made one by one as the client takes them.

    `changes`: it changes something, which pages of other sites may not.
    """

    def decorate(call: LegacyCall) -> Callable[[HttpRequest], HttpResponseBase]:
        @csrf_exempt
        @wraps(call)
        def view(request: HttpRequest) -> HttpResponseBase:
            if request.method not in ("GET", "POST"):
                return _error(BAD_ARGUMENT, "Use GET or POST.")
            if changes and (refused := refusal(request)):
                return refused
            try:
                return _ok(call(request, parameters.read(request, serializer)))
            except ValidationError as error:
                return _error(BAD_ARGUMENT, parameters.complaint(error))
            except RequestDataTooBig:
                return _error(BAD_ARGUMENT, "The body is too large.")
            except BadRequest as error:
                return _error(BAD_ARGUMENT, str(error))
            except (MultiPartParserError, SuspiciousOperation, UnreadablePostError):
                return _error(BAD_ARGUMENT, "The body is not a form that can be read.")
            except GroupError as error:
                return _error(_ERROR_CODES[type(error)], str(error))
            except Exception:
                logger.exception("%s failed", request.path)
                return _error(SERVER_ERROR, "Server error. Try again.")

        return view

    return decorate


@legacy_call(parameters.CreateGroup, changes=True)
def creategrp(request: HttpRequest, given: dict[str, Any]) -> object:
    services.check_room()
    group = services.create_group(given["creator"], given["members"], given["name"])
    members = selectors.members_of([group])[group.pk]
    return _group(group, _base_url(request), [member.userid for member in members])


@legacy_call(parameters.ChangeMembers, changes=True)
def addmembers(request: HttpRequest, given: dict[str, Any]) -> object:
    services.check_room()
    services.add_members(given["groupid"], given["members"])
    return _NOTHING


@legacy_call(parameters.ChangeMembers, changes=True)
def delmembers(request: HttpRequest, given: dict[str, Any]) -> object:
    services.remove_members(given["groupid"], given["members"])
    return _NOTHING


@legacy_call(parameters.EditGroup, changes=True)
def editgrp(request: HttpRequest, given: dict[str, Any]) -> object:
    services.edit_group(given["groupid"], name=given.get("name"), notice=given.get("notice"))
    return _NOTHING


@legacy_call(parameters.OfUser)
def querymygrps(request: HttpRequest, given: dict[str, Any]) -> object:
    portions = list(selectors.in_portions(selectors.groups_of(given["userid"])))
    made = (_with_faces(portion, _base_url(request)) for portion in portions)
    # Of the usual size, and so of a known length.
    return next(made, []) if len(portions) < 2 else made


@legacy_call(parameters.OfGroup)
def grpinfo(request: HttpRequest, given: dict[str, Any]) -> object:
    group = selectors.get_group(given["groupid"])
    members = selectors.members_of([group])[group.pk]
    look_at(group, members)
    base_url = _base_url(request)
    # The Android client needs the userids to remove members.
    return _group(
        group, base_url, [{"userid": member.userid, **_face(member, base_url)} for member in members]
    )


def busy() -> HttpResponse:
    """What is said to a call that would have to wait too long."""
    return _error(SERVER_ERROR, "The server is busy. Try again.")


def _with_faces(groups: list[Group], base_url: str) -> list[dict[str, Any]]:
    members = selectors.members_of(groups)
    for group in groups:
        look_at(group, members[group.pk])
    return [
        _group(group, base_url, [_face(member, base_url) for member in members[group.pk]]) for group in groups
    ]


def _group(group: Group, base_url: str, members: list[Any]) -> dict[str, Any]:
    return {
        "groupid": str(group.pk),
        "creator": group.creator_id,
        "name": group.name,
        "notice": group.notice,
        "snap": selectors.snap_url(group, base_url),
        "members": members,
    }


def _face(member: Member, base_url: str) -> dict[str, str]:
    return {"nickname": member.display_name, "snap": avatar_url(member, base_url)}


def _base_url(request: HttpRequest) -> str:
    return f"{request.scheme}://{request.get_host()}"


def _ok(data: object) -> HttpResponseBase:
    reply: dict[str, Any] = {"code": settings.IM66_GROUP_OK_CODE, "message": "OK"}
    if isinstance(data, Iterator):
        return StreamingHttpResponse(_pieces(reply, data), content_type="application/json")
    return _json(reply if data is _NOTHING else {**reply, "data": data})


def _pieces(reply: dict[str, Any], portions: Iterator[list[Any]]) -> Iterator[bytes]:
    """What `_json` would make of `reply` with the items of all portions as its data, portion by portion."""
    before = _encode({**reply, "data": []}).removesuffix("]}")
    for portion in portions:
        yield (before + _encode(portion)[1:-1]).encode()
        before = ","
    yield b"]}"


def _error(code: int, message: str) -> HttpResponse:
    return _json({"code": code, "message": message})


def _json(reply: dict[str, Any]) -> HttpResponse:
    return HttpResponse(_encode(reply), content_type="application/json")


def _encode(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
