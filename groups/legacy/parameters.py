"""The parameters of the legacy HTTP calls: what they are called and how they are read."""

from collections.abc import Collection
from typing import Any

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import QueryDict, UnreadablePostError
from django.utils.translation import gettext, gettext_lazy, gettext_noop
from rest_framework import serializers
from rest_framework.exceptions import APIException, UnsupportedMediaType
from rest_framework.request import Request

from accounts import legacy
from accounts.authentication.browser_sessions import session_in_request
from accounts.authentication.proofs import PARAMETER, BadToken, Fault, Proof, ProofKind, token_proof
from accounts.legacy import proof_in_head
from accounts.names.aliases import userid_of
from accounts.names.userids import is_userid
from groups.groupids import is_group_id

# What the iOS app sends as the name or the notice of a group if its user did not edit it.
UNEDITED = "(null)"

# What the frameworks say of parameters. Their own Chinese is for the pages of a site.
FRAMEWORK_TEXTS = (
    gettext_noop("This field is required."),
    gettext_noop("This field may not be blank."),
    gettext_noop("Null characters are not allowed."),
)


class UserIdField(serializers.CharField):
    """One userid."""

    default_error_messages = {"userid": gettext_lazy("Not a userid.")}

    def to_internal_value(self, data: Any) -> str:
        value: str = super().to_internal_value(data)
        if not is_userid(value):
            self.fail("userid")
        return value


class PersonField(UserIdField):
    """Somebody else, as the app calls them: a userid or an alias."""

    def to_internal_value(self, data: Any) -> str:
        return super().to_internal_value(userid_of(data) if isinstance(data, str) else data)


class UserIdListField(serializers.CharField):
    """People as the app calls them, with commas between them; one comma too many does no harm."""

    default_error_messages = {"userids": gettext_lazy("Holds something that is not a userid.")}

    def to_internal_value(self, data: Any) -> list[str]:  # type: ignore[override]
        userids = [part.strip() for part in super().to_internal_value(data).split(",")]
        people = [userid_of(userid) for userid in userids if userid]
        if not all(map(is_userid, people)):
            self.fail("userids")
        return people


class GroupIdField(serializers.CharField):
    """A group's id: decimal digits, without leading zeros."""

    default_error_messages = {"groupid": gettext_lazy("Not a group id.")}

    def to_internal_value(self, data: Any) -> int:  # type: ignore[override]
        value: str = super().to_internal_value(data)
        if not is_group_id(value):
            self.fail("groupid")
        return int(value)


class Parameters(serializers.Serializer[Any]):
    """Those of one call. `UNEDITED` in one of `editable` means that the parameter is absent."""

    editable: Collection[str] = ()
    # The parameter that names the caller.
    caller = ""


class CreateGroup(Parameters):
    caller = "creator"
    creator = UserIdField()
    members = UserIdListField(allow_blank=True)
    name = serializers.CharField(allow_blank=True, trim_whitespace=False)


class ChangeMembers(Parameters):
    groupid = GroupIdField()
    members = UserIdListField()


class EditGroup(Parameters):
    editable = ("name", "notice")
    groupid = GroupIdField()
    name = serializers.CharField(required=False, allow_blank=True, trim_whitespace=False)
    notice = serializers.CharField(required=False, allow_blank=True, trim_whitespace=False)


class GroupsOfUserParameters(Parameters):
    caller = "userid"
    userid = UserIdField()


class GroupInfoParameters(Parameters):
    groupid = GroupIdField()


def read_parameters(request: Request, serializer_class: type[Parameters]) -> dict[str, Any]:
    """The checked parameters of a call, from its query string and its form body; the body wins.

    Raises rest_framework's ValidationError, and what its parsers raise for a body they cannot read.
    """
    values = {
        name: value
        for source in (request.query_params, _form(request))
        for name, value in source.dict().items()
        if not (name in serializer_class.editable and value == UNEDITED)
    }
    serializer = serializer_class(data=values)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def proof_of(request: Request) -> Proof | None:
    """The proof of a call: in its head or, unlike that of an upload, a token in its body; else the browser
    session. None if there is none that can be read."""
    proof = proof_in_head(request) or token_proof(_in_form(request, PARAMETER))
    return proof or session_in_request(request._request)


def acting_for(request: Request, proof: Proof | None) -> str:
    """Like that of `accounts.legacy`. Raises BadToken also if a backend says it in the body."""
    if proof and proof.kind is ProofKind.API_KEY and legacy.ACTS_FOR in _form(request):
        raise BadToken(Fault.FOR_WHOM)
    return legacy.acting_for(request)


def unchecked_parameter(request: Request, name: str) -> str:
    """The parameter `name`, unchecked; empty if there is none that can be read."""
    return _in_form(request, name) or str(request.query_params.get(name, ""))


def _in_form(request: Request, name: str) -> str:
    try:
        return str(_form(request).get(name, ""))
    except (APIException, BadRequest, SuspiciousOperation, UnreadablePostError):
        return ""


def _form(request: Request) -> QueryDict:
    """What the body says, without its files."""
    try:
        return request.POST
    except UnsupportedMediaType:
        # Whatever it is, it may be too large.
        _ = request.body
        raise


def first_error_text(error: serializers.ValidationError) -> str:
    """The first thing wrong, as one line: `members: This field is required.`"""
    detail = error.detail
    assert isinstance(detail, dict)
    name, reasons = next(iter(detail.items()))
    assert isinstance(reasons, list)
    return gettext("%(name)s: %(reason)s") % {"name": name, "reason": reasons[0]}
