"""The legacy HTTP call `report`. It has the same form as the group calls."""

from typing import Any

from django.utils.translation import gettext, gettext_lazy
from rest_framework import serializers

from accounts.authentication.proofs import Scope
from accounts.services import ensure_users, is_open
from groups.legacy.parameters import GroupIdField, Parameters, PersonField, UserIdField
from groups.legacy.views import GroupCall
from groups.replies import NO_DATA
from moderation.models.reports import CATEGORIES, NOTE_LENGTH
from moderation.reports import filing
from moderation.reports.targets import PARAMETER_NAMES, ReportTarget


class MessageIdField(GroupIdField):
    """The id of a message, written like the id of a group."""

    default_error_messages = {"groupid": gettext_lazy("Not the id of a message.")}


class ReportParameters(Parameters):
    """One of `message`, `user` and `group`."""

    caller = "reporter"
    reporter = UserIdField()
    user = PersonField(required=False)
    message = MessageIdField(required=False)
    group = GroupIdField(required=False)
    category = serializers.ChoiceField(
        [name for name, _ in CATEGORIES], error_messages={"invalid_choice": gettext_lazy("Not a category.")}
    )
    note = serializers.CharField(
        required=False,
        allow_blank=True,
        default="",
        max_length=NOTE_LENGTH,
        error_messages={"max_length": gettext_lazy("Too long.")},
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        named = [
            ReportTarget(kind, str(attrs[name])) for kind, name in PARAMETER_NAMES.items() if name in attrs
        ]
        if len(named) != 1:
            raise serializers.ValidationError({"message": gettext("Name one: message, user or group.")})
        return {**attrs, "target": str(named[0])}


class ReportCall(GroupCall):
    serializer_class = ReportParameters
    scope = Scope.MESSAGES
    changes = True

    def call(self, values: dict[str, Any]) -> object:
        reporter = values["reporter"]
        # A person who does not exist yet can report only people: they have read nothing and joined no group.
        if is_open() and "user" in values:
            ensure_users([reporter], self.address)
        filing.file_report(reporter, values["target"], values["category"], values["note"], self.address)
        return NO_DATA
