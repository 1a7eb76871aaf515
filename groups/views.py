"""The legacy HTTP calls for groups (seed: 群管理).

Always HTTP status 200 and JSON: the shipped clients read only the body. `code` tells what happened.
"""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.views.decorators.csrf import csrf_exempt
from rest_framework.serializers import Serializer, ValidationError

from accounts.selectors import avatar_url
from groups import parameters, selectors, services
from groups.background import look_at
from groups.errors import GroupError, GroupNotFound, InvalidValue, NoRoom, TooManyMembers
from groups.models import Group, Membership

logger = logging.getLogger(__name__)

BAD_ARGUMENT, NOT_FOUND, TOO_MANY, SERVER_ERROR = 2, 3, 5, 9

_ERROR_CODES: dict[type[GroupError], int] = {
    InvalidValue: BAD_ARGUMENT,
    GroupNotFound: NOT_FOUND,
    TooManyMembers: TOO_MANY,
    NoRoom: SERVER_ERROR,
}

LegacyCall = Callable[[HttpRequest, dict[str, Any]], Any]
_NOTHING = object()


def legacy_call(
    serializer: type[Serializer[Any]],
) -> Callable[[LegacyCall], Callable[[HttpRequest], HttpResponse]]:
    """Make a view of a function that takes the call's parameters and returns its `data`, or `_NOTHING`."""

    def decorate(call: LegacyCall) -> Callable[[HttpRequest], HttpResponse]:
        @csrf_exempt
        @wraps(call)
        def view(request: HttpRequest) -> HttpResponse:
            if request.method not in ("GET", "POST"):
                return _error(BAD_ARGUMENT, "Use GET or POST.")
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


@legacy_call(parameters.CreateGroup)
def creategrp(request: HttpRequest, given: dict[str, Any]) -> object:
    services.check_room()
    group = services.create_group(given["creator"], given["members"], given["name"])
    members = selectors.members_of([group])[group.pk]
    return _group(group, request, [membership.user_id for membership in members])


@legacy_call(parameters.ChangeMembers)
def addmembers(request: HttpRequest, given: dict[str, Any]) -> object:
    services.check_room()
    services.add_members(given["groupid"], given["members"])
    return _NOTHING


@legacy_call(parameters.ChangeMembers)
def delmembers(request: HttpRequest, given: dict[str, Any]) -> object:
    services.remove_members(given["groupid"], given["members"])
    return _NOTHING


@legacy_call(parameters.EditGroup)
def editgrp(request: HttpRequest, given: dict[str, Any]) -> object:
    services.edit_group(given["groupid"], name=given.get("name"), notice=given.get("notice"))
    return _NOTHING


@legacy_call(parameters.OfUser)
def querymygrps(request: HttpRequest, given: dict[str, Any]) -> object:
    groups = selectors.groups_of(given["userid"])
    members = selectors.members_of(groups)
    for group in groups:
        look_at(group, members[group.pk])
    return [
        _group(group, request, [_face(membership, request) for membership in members[group.pk]])
        for group in groups
    ]


@legacy_call(parameters.OfGroup)
def grpinfo(request: HttpRequest, given: dict[str, Any]) -> object:
    group = selectors.get_group(given["groupid"])
    members = selectors.members_of([group])[group.pk]
    look_at(group, members)
    # The Android client needs the userids to remove members.
    faces = [{"userid": membership.user_id, **_face(membership, request)} for membership in members]
    return _group(group, request, faces)


def _group(group: Group, request: HttpRequest, members: list[Any]) -> dict[str, Any]:
    return {
        "groupid": str(group.pk),
        "creator": group.creator_id,
        "name": group.name,
        "notice": group.notice,
        "snap": selectors.snap_url(group, _base_url(request)),
        "members": members,
    }


def _face(membership: Membership, request: HttpRequest) -> dict[str, str]:
    user = membership.user
    return {"nickname": user.display_name, "snap": avatar_url(user, _base_url(request))}


def _base_url(request: HttpRequest) -> str:
    return f"{request.scheme}://{request.get_host()}"


def _ok(data: object) -> HttpResponse:
    reply: dict[str, Any] = {"code": settings.IM66_GROUP_OK_CODE, "message": "OK"}
    return _json(reply if data is _NOTHING else {**reply, "data": data})


def _error(code: int, message: str) -> HttpResponse:
    return _json({"code": code, "message": message})


def _json(reply: dict[str, Any]) -> HttpResponse:
    return JsonResponse(reply, json_dumps_params={"ensure_ascii": False, "separators": (",", ":")})
