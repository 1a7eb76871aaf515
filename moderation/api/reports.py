"""The calls about reports."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.fields import MessageId, Userid
from chat.api.base import ChatView
from chat.api.forms import Fit
from moderation.models.reports import CATEGORIES, NOTE_LENGTH
from moderation.reports import filing, targets
from moderation.reports.targets import CALLED, GROUP, ReportTarget


class GroupId(Fit):
    default_error_messages = {"groupid": "Not a group id."}

    def to_internal_value(self, data: Any) -> str:
        value = super().to_internal_value(data)
        if targets.parse(f"{GROUP}:{value}") is None:
            self.fail("groupid")
        return value


class NewReport(serializers.Serializer[Any]):
    """One of `message`, `user` and `group`."""

    message = MessageId(required=False)
    user = Userid(required=False)
    group = GroupId(required=False)
    category = serializers.ChoiceField([name for name, _ in CATEGORIES])
    note = Fit(required=False, allow_blank=True, max_length=NOTE_LENGTH, default="")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        named = [ReportTarget(kind, str(attrs[name])) for kind, name in CALLED.items() if name in attrs]
        if len(named) != 1:
            raise serializers.ValidationError({"message": "Name one: message, user or group."})
        return {**attrs, "target": str(named[0])}


class Reports(ChatView):
    @extend_schema(request=NewReport, responses={204: None})
    def post(self, request: Request) -> Response:
        """Report a message that one may read, a person, or a group that one is or was in, to the moderators.
        Whoever has reported it already changes nothing."""
        body = self.valid_body(NewReport)
        filing.file(self.userid, body["target"], body["category"], body["note"], self.address)
        return Response(status=204)
