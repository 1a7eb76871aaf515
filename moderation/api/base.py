"""What the API calls of moderators share."""

from collections.abc import Collection
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import refusals
from accounts.api.base import ApiView
from accounts.api.callers import Proven, key_in, prove_caller
from accounts.api.errors import ApiError, invalid
from accounts.api.fields import TextField
from accounts.authentication.authentication import AccountBanned
from accounts.authentication.browser_sessions import session_of_silent, userid_of
from accounts.authentication.proofs import BadToken, Fault, Scope
from accounts.authentication.second_factor import is_missing
from accounts.codes import Name
from accounts.limits import limits
from accounts.models import User
from groups.groupids import is_group_id
from moderation import audit, errors
from moderation.actions.acting import Action
from moderation.actions.fields import ActionField
from moderation.models import AuditEntry
from moderation.models.audit import REASON_LENGTH
from moderation.moderators import Moderator, RoleMissing, backend, moderator_of

_NO_FACTOR = "Staff need a second factor. Set one up at /factors/, or show it there."


class Reason(TextField):
    """Why a moderator does something. It is stored, and sent to the person concerned."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=REASON_LENGTH, **options)


class Done(serializers.Serializer[Any]):
    id = serializers.IntegerField(
        allow_null=True, help_text="The action's place in the log; null if nothing has changed."
    )
    entry = serializers.IntegerField(help_text="Its entry in the audit log, by which it can be undone.")


def action_serializer(name: str, actions: Collection[Action]) -> type[serializers.Serializer[Any]]:
    """Make the serializer of a call that does one of the actions. `name`: in the description of the API."""
    fields = {field.name: field for action in actions for field in action.fields}
    # Required fields come first.
    in_order = sorted(fields.values(), key=lambda field: not field.is_required)
    made = {
        "action": serializers.ChoiceField([action.name for action in actions]),
        "reason": Reason(),
        **{
            field.name: field.api(required=False, help_text=_field_help(field, actions)) for field in in_order
        },
    }
    return type(name, (serializers.Serializer,), made)


def _field_help(field: ActionField, actions: Collection[Action]) -> str:
    *names, last = [f"`{action.name}`" for action in actions if field in action.fields]
    return f"Of {', '.join(names)}{' and ' if names else ''}{last}{field.help}"


class DeskView(ApiView):
    """For staff, by session or token, and for backends whose key has the scope. Open mode, too, needs a
    browser session or such a key."""

    scope = Scope.MODERATE
    moderator: Moderator

    def recognise(self, request: Request) -> None:
        caller = self._proven(request)
        self.person, self.key = caller.person, caller.key
        user = None if caller.person is None else User.objects.get(pk=caller.person.userid)
        if caller.key or user is None:
            self.moderator = backend(caller.key, self.address, user)
        else:
            if caller.person and caller.person.session and is_missing(request._request, user):
                raise ApiError(Name.NOT_ALLOWED, _NO_FACTOR)
            self.moderator = moderator_of(user, self.address)

    def _proven(self, request: Request) -> Proven:
        try:
            return prove_caller(request, self.scope)
        except BadToken as failed:
            if failed.fault is Fault.OUT_OF_SCOPE:
                limits.current().queries.take(self.address)
            raise

    def act(self, actions: Collection[Action], target: Any, body: dict[str, Any]) -> Response:
        """Do the action that the body names. Raises ApiError if a required field is missing."""
        action = next(action for action in actions if action.name == body["action"])
        for field in action.fields:
            if field.is_required and field.name not in body:
                raise invalid(field.name, "This field is required.")
        values = {field.name: body[field.name] for field in action.fields if field.name in body}
        return done_response(action.act(self.moderator, target, reason=body["reason"], **values))

    def log_refusal(self, failed: Exception) -> None:
        super().log_refusal(failed)
        if isinstance(failed, RoleMissing | errors.ProtectedPerson):
            refusals.log_refusal(self.route, self.moderator.name, self.address, RoleMissing.text)
        elif (error := self.as_error(failed)) and error.status == 403:
            self._note_refusal(failed)

    def _note_refusal(self, failed: Exception) -> None:
        """Record the refusal in the audit log too, for callers who were refused before the permission
        check."""
        if (who := self._caller_of(failed)).name:
            is_out_of_scope = isinstance(failed, BadToken) and failed.fault is Fault.OUT_OF_SCOPE
            audit.record_refusal(who, self.scope if is_out_of_scope else "", self.route, "")

    def _caller_of(self, failed: Exception) -> Moderator:
        """Return the refused caller; the name is empty if no person or backend is identified."""
        if isinstance(failed, ApiError):  # a page of another site asks for a change
            session = session_of_silent(self.request._request)
            return Moderator((session and userid_of(session.text)) or "", self.address)
        if key := key_in(self.request):
            return backend(key, self.address)
        return Moderator(failed.userid if isinstance(failed, AccountBanned) else "", self.address)


def done_response(entry: AuditEntry) -> Response:
    return Response({"id": entry.log_id, "entry": entry.pk})


def path_id(text: str) -> int:
    """Return the id of a group, a message or an entry in a path. Raises NotFound if it is not a number."""
    if not is_group_id(text):
        raise errors.NotFound
    return int(text)
