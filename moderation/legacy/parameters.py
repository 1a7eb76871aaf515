"""The parameters of the call `report`."""

from typing import Any

from django.utils.translation import gettext, gettext_lazy
from rest_framework import serializers

from groups.groupids import is_group_id
from groups.legacy.parameters import GroupIdField, Parameters, PersonField, UserIdField
from moderation.models.reports import CATEGORIES, NOTE_LENGTH
from moderation.reports.targets import GROUP, MESSAGE, PERSON, Target

CALLED = {MESSAGE: "message", PERSON: "user", GROUP: "group"}


class MessageIdField(serializers.CharField):
    """The id of a message, as a history gives it."""

    default_error_messages = {"messageid": gettext_lazy("Not the id of a message.")}

    def to_internal_value(self, data: Any) -> int:  # type: ignore[override]
        value: str = super().to_internal_value(data)
        if not is_group_id(value):
            self.fail("messageid")
        return int(value)


class Report(Parameters):
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
        named = [Target(kind, str(attrs[name])) for kind, name in CALLED.items() if name in attrs]
        if len(named) != 1:
            raise serializers.ValidationError({"message": gettext("Name one: message, user or group.")})
        return {**attrs, "target": str(named[0])}
