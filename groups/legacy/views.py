"""The legacy HTTP calls for groups (seed: 群管理).

Always HTTP status 200 and JSON: the shipped clients read only the body. `code` tells what happened.
"""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, HttpResponseBase, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.views.decorators.csrf import csrf_exempt
from rest_framework.serializers import Serializer, ValidationError

from accounts.addresses import base_url
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
from groups.pictures.refreshing import refresh_if_stale
from groups.replies import BAD_ARGUMENT, NOT_FOUND, NOTHING, SERVER_ERROR, TOO_MANY, error, ok
from groups.selectors import Member

logger = logging.getLogger(__name__)

_ERROR_CODES: dict[type[GroupError], int] = {
    InvalidValue: BAD_ARGUMENT,
    GroupNotFound: NOT_FOUND,
    TooManyGroups: TOO_MANY,
    TooManyMembers: TOO_MANY,
    NoRoom: SERVER_ERROR,
}

LegacyCall = Callable[[HttpRequest, dict[str, Any]], Any]


def legacy_call(
    serializer: type[Serializer[Any]], *, changes: bool = False
) -> Callable[[LegacyCall], Callable[[HttpRequest], HttpResponseBase]]:
    """Make a view of a function that takes the call's parameters and returns its `data`, or `NOTHING`, or an
    iterator over portions of a list: they are made one by one as the client takes them.

    `changes`: it changes something, which pages of other sites may not.
    """

    def decorate(call: LegacyCall) -> Callable[[HttpRequest], HttpResponseBase]:
        @csrf_exempt
        @wraps(call)
        def view(request: HttpRequest) -> HttpResponseBase:
            if request.method not in ("GET", "POST"):
                return error(BAD_ARGUMENT, "Use GET or POST.")
            if changes and (refused := refusal(request)):
                return refused
            try:
                return ok(call(request, parameters.read(request, serializer)))
            except ValidationError as failed:
                return error(BAD_ARGUMENT, parameters.complaint(failed))
            except RequestDataTooBig:
                return error(BAD_ARGUMENT, "The body is too large.")
            except BadRequest as failed:
                return error(BAD_ARGUMENT, str(failed))
            except (MultiPartParserError, SuspiciousOperation, UnreadablePostError):
                return error(BAD_ARGUMENT, "The body is not a form that can be read.")
            except GroupError as failed:
                return error(_ERROR_CODES[type(failed)], str(failed))
            except Exception:
                logger.exception("%s failed", request.path)
                return error(SERVER_ERROR, "Server error. Try again.")

        return view

    return decorate


@legacy_call(parameters.CreateGroup, changes=True)
def creategrp(request: HttpRequest, given: dict[str, Any]) -> object:
    services.check_room()
    group = services.create_group(given["creator"], given["members"], given["name"])
    members = selectors.members_of([group])[group.pk]
    return _group(group, base_url(request), [member.userid for member in members])


@legacy_call(parameters.ChangeMembers, changes=True)
def addmembers(request: HttpRequest, given: dict[str, Any]) -> object:
    services.check_room()
    services.add_members(given["groupid"], given["members"])
    return NOTHING


@legacy_call(parameters.ChangeMembers, changes=True)
def delmembers(request: HttpRequest, given: dict[str, Any]) -> object:
    services.remove_members(given["groupid"], given["members"])
    return NOTHING


@legacy_call(parameters.EditGroup, changes=True)
def editgrp(request: HttpRequest, given: dict[str, Any]) -> object:
    services.edit_group(given["groupid"], name=given.get("name"), notice=given.get("notice"))
    return NOTHING


@legacy_call(parameters.OfUser)
def querymygrps(request: HttpRequest, given: dict[str, Any]) -> object:
    portions = list(selectors.in_portions(selectors.groups_of(given["userid"])))
    made = (_with_members(portion, base_url(request)) for portion in portions)
    # Of the usual size, and so of a known length.
    return next(made, []) if len(portions) < 2 else made


@legacy_call(parameters.OfGroup)
def grpinfo(request: HttpRequest, given: dict[str, Any]) -> object:
    group = selectors.get_group(given["groupid"])
    members = selectors.members_of([group])[group.pk]
    refresh_if_stale(group, members)
    address = base_url(request)
    # The Android client needs the userids to remove members.
    return _group(
        group, address, [{"userid": member.userid, **_member(member, address)} for member in members]
    )


def _with_members(groups: list[Group], address: str) -> list[dict[str, Any]]:
    members = selectors.members_of(groups)
    for group in groups:
        refresh_if_stale(group, members[group.pk])
    return [
        _group(group, address, [_member(member, address) for member in members[group.pk]]) for group in groups
    ]


def _group(group: Group, address: str, members: list[Any]) -> dict[str, Any]:
    return {
        "groupid": str(group.pk),
        "creator": group.creator_id,
        "name": group.name,
        "notice": group.notice,
        "snap": selectors.snap_url(group, address),
        "members": members,
    }


def _member(member: Member, address: str) -> dict[str, str]:
    return {"nickname": member.display_name, "snap": avatar_url(member, address)}
