"""The legacy HTTP calls for groups (seed: 群管理).

Always HTTP status 200 and JSON: the shipped clients read only the body. `code` tells what happened.
"""

import logging
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

from django.conf import settings
from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.http import HttpResponseBase, UnreadablePostError
from django.utils.translation import gettext
from rest_framework.exceptions import MethodNotAllowed, ParseError, UnsupportedMediaType, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import access
from accounts.addresses import base_url, client_address
from accounts.authentication.authentication import holder_of, require_no_staff
from accounts.authentication.proofs import Proof, ProofKind, Scope
from accounts.codes import Cause, Failed, Name
from accounts.legacy import LegacyCall, Multipart, Utf8Form
from accounts.limits import limits
from accounts.limits.limits import TooFast
from accounts.names.aliases import alias_of
from accounts.selectors import avatar_url
from accounts.services import is_open
from accounts.wording import in_words
from groups import editing, selectors, services
from groups.legacy import parameters
from groups.legacy.parameters import first_error_text
from groups.pictures.refreshing import painter, refresh_picture_if_stale
from groups.replies import NO_DATA, error, ok, pending, too_fast
from groups.selectors import CurrentMember
from log.models import Group

logger = logging.getLogger(__name__)


class GroupCall(LegacyCall):
    """A call, the same by GET and by POST."""

    http_method_names = ["get", "post"]
    parser_classes = (Utf8Form, Multipart)
    serializer_class: type[parameters.Parameters]
    # What an API key must be for.
    scope = Scope.GROUPS
    changes = False

    # `caller` is None for a backend for nobody else, who may do everything; and in open mode, where every
    # caller may. The caller that limits count: also an unproven person of open mode, or none.
    limited_as = ""
    # The caller, unless it is a backend.
    calling_person: str | None = None

    def get(self, request: Request) -> HttpResponseBase:
        if is_open():
            values = self._read(request)
            self.limited_as = values.get(self.serializer_class.caller, "")
            return self._limited_call(values)
        proof = parameters.proof_of(request)
        self.caller = self._holder(proof, parameters.acting_for(request, proof))
        self.limited_as = self.caller or ""
        values = self._read(request)
        named = values.get(self.serializer_class.caller)
        if named is not None:
            self.caller = self._caller_named(proof, named)
        self.limited_as = self.caller or ""
        self.calling_person = None if proof and proof.kind is ProofKind.API_KEY else self.caller
        return self._limited_call(values)

    post = get

    def call(self, values: dict[str, Any]) -> object:
        """Do what is asked for; the reply, or its `data`, or `NOTHING`, or an iterator over portions of a
        list: they are made one by one as the client takes them."""
        raise NotImplementedError

    def _read(self, request: Request) -> dict[str, Any]:
        """The parameters. Bad ones count too, for the caller known so far."""
        try:
            return parameters.read_parameters(request, self.serializer_class)
        except Exception:
            self._count()
            raise

    def _limited_call(self, values: dict[str, Any]) -> HttpResponseBase:
        self._count()
        done = self.call(values)
        return done if isinstance(done, HttpResponseBase) else ok(done)

    def _count(self) -> None:
        """Each call counts as a query, also one that fails. Raises TooFast."""
        limits.current().queries.take(self.address, self.limited_as)

    def _caller_named(self, proof: Proof | None, userid: str) -> str | None:
        """The caller, if the call names one. Other backends act for the named person."""
        access.may_act_as(self.caller, userid)
        return self.caller or self._holder(proof, userid)

    def _holder(self, proof: Proof | None, userid: str) -> str | None:
        person = holder_of(proof, self.scope, userid, self.address)
        return person and person.userid

    @property
    def address(self) -> str:
        return client_address(self.request._request)

    @property
    def base_url(self) -> str:
        return base_url(self.request._request)

    def userid_for_app(self, userid: str) -> str:
        """What the caller's app calls the person. It compares the caller's own userid with what it has, so
        that stays as it is."""
        is_unchanged = userid == self.limited_as or settings.IM66.legacy_userid == "keep"
        return userid if is_unchanged else alias_of(userid)

    def group_representation(self, group: Group, members: list[Any]) -> dict[str, Any]:
        """A group, as the reply has it."""
        return {
            "groupid": str(group.pk),
            "creator": self.userid_for_app(group.creator_id),
            "name": group.name,
            "notice": group.notice,
            "snap": selectors.snap_url(group, self.base_url),
            "members": members,
        }

    def counted(self, limit: limits.Limit, cost: int = 1) -> AbstractContextManager[None]:
        """Counts what is done inside the block. Raises TooFast."""
        return limits.counted(limit, self.address, self.limited_as, cost)

    def claimed(self, request: Request) -> str:
        return super().claimed(request) or parameters.unchecked_parameter(
            request, self.serializer_class.caller
        )

    def may_change(self, request: Request) -> bool:
        return self.changes and request.method in ("GET", "POST")

    def answer_failure(self, failed: Exception) -> HttpResponseBase:
        return answer_failure(failed, self.request.path)


class CreateGroup(GroupCall):
    serializer_class = parameters.CreateGroup
    changes = True

    def call(self, values: dict[str, Any]) -> object:
        services.check_disk_space()
        ours, size = limits.current(), len({values["creator"], *values["members"]})
        with self.counted(ours.groups), self.counted(ours.memberships, size):
            group = services.create_group(
                values["creator"],
                values["members"],
                values["name"],
                by=self.caller,
                invited_by=self.calling_person,
                address=self.address,
            )
        members = [self.userid_for_app(member.userid) for member in selectors.members_of([group])[group.pk]]
        described = self.group_representation(group, members)
        with_picture = partial(_with_picture, described, group, self.base_url)
        return pending(described, partial(painter.notify_when_made, group.pk), with_picture)


class AddMembers(GroupCall):
    serializer_class = parameters.ChangeMembers
    changes = True

    def call(self, values: dict[str, Any]) -> object:
        services.check_disk_space()
        if not is_open() and self.caller is None:
            services.check_size(len(values["members"]))
            require_no_staff(values["members"])
        # First, so that nobody else learns from a limit who is in the group.
        services.check_adding(values["groupid"], by=self.caller)
        joining = selectors.count_non_members(values["groupid"], values["members"])
        with self.counted(limits.current().memberships, joining):
            services.add_members(
                values["groupid"],
                values["members"],
                by=self.caller,
                invited_by=self.calling_person,
                is_anybody=is_open(),
                address=self.address,
            )
        return NO_DATA


class RemoveMembers(GroupCall):
    serializer_class = parameters.ChangeMembers
    changes = True

    def call(self, values: dict[str, Any]) -> object:
        services.remove_members(values["groupid"], values["members"], by=self.caller)
        return NO_DATA


class EditGroup(GroupCall):
    serializer_class = parameters.EditGroup
    changes = True

    def call(self, values: dict[str, Any]) -> object:
        name, notice = values.get("name"), values.get("notice")
        editing.edit_group(values["groupid"], name=name, notice=notice, by=self.caller)
        return NO_DATA


class GroupsOfUser(GroupCall):
    serializer_class = parameters.GroupsOfUserParameters

    def call(self, values: dict[str, Any]) -> object:
        portions = list(selectors.in_batches(selectors.groups_of(values["userid"])))
        made = (self._with_members(portion) for portion in portions)
        # Of the usual size, and so of a known length.
        return next(made, []) if len(portions) < 2 else made

    def _with_members(self, groups: list[Group]) -> list[dict[str, Any]]:
        members = selectors.members_of(groups)
        for group in groups:
            refresh_picture_if_stale(group, members[group.pk])
        return [
            self.group_representation(group, [_member(member, self.base_url) for member in members[group.pk]])
            for group in groups
        ]


class GroupInfo(GroupCall):
    serializer_class = parameters.GroupInfoParameters

    def call(self, values: dict[str, Any]) -> object:
        group = selectors.get_group(values["groupid"])
        members = selectors.members_of([group])[group.pk]
        access.may_see_members(selectors.actor_among(members, self.caller))
        refresh_picture_if_stale(group, members)
        # The Android client needs the userids to remove members.
        details = [
            {"userid": self.userid_for_app(member.userid), **_member(member, self.base_url)}
            for member in members
        ]
        return self.group_representation(group, details)


class NoOpCall(GroupCall):
    """A call of the first server for which there is nothing to do here. An app's screen waits for the answer.
    It tells nothing, so it needs no proof."""

    def get(self, request: Request) -> HttpResponseBase:
        self._count()
        return ok(NO_DATA)

    post = get


def _with_picture(described: dict[str, Any], group: Group, address: str) -> dict[str, Any]:
    """The same, with the picture that the group has by now."""
    group.refresh_from_db(fields=["snap", "picture"])
    return {**described, "snap": selectors.snap_url(group, address)}


def _member(member: CurrentMember, address: str) -> dict[str, str]:
    return {"nickname": member.called, "snap": avatar_url(member, address)}


def answer_failure(failed: Exception, path: str) -> Response:
    """The reply to a call of `path` that raised this, while it is being handled."""
    if isinstance(failed, TooFast):
        return too_fast(in_words(failed))
    if isinstance(failed, Failed):
        return error(failed.legacy or failed.name, in_words(failed))
    if fault := _client_error_text(failed):
        return error(Name.INVALID, fault)
    logger.exception("%s failed", path)
    return error(Name.TRY_AGAIN, gettext(Cause.SERVER_ERROR.text))


def _client_error_text(failed: Exception) -> str | None:
    """What the caller did wrong; None if nothing."""
    match failed:
        case MethodNotAllowed():
            return gettext("Use GET or POST.")
        case ValidationError():
            return first_error_text(failed)
        case RequestDataTooBig():
            return gettext("The body is too large.")
        case UnsupportedMediaType():
            return gettext("The body must be a form, url-encoded or multipart.")
        case BadRequest():
            return gettext(str(failed))
        case ParseError() | SuspiciousOperation() | UnreadablePostError():
            return gettext("The body is not a form that can be read.")
    return None
