"""API calls about announcements, for backends whose API key has the scope."""

from datetime import UTC, datetime
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.base import KeyView
from accounts.api.errors import invalid, not_found
from accounts.api.fields import Flag, Second, TextField, WholeNumber, id_in
from accounts.api.shapes import list_of, listed
from accounts.authentication.proofs import Scope
from groups.groupids import is_group_id
from groups.services import check_exists
from moderation import announcements
from moderation.announcements import Audience
from moderation.models import Announcement
from moderation.models.announcements import FIELD_LENGTH, NAME_LENGTH, STATES, TEXT_LENGTH
from moderation.moderators import Moderator, backend

MAX_PAGE, MAX_VALUE_LENGTH = 100, 500
_LATEST_SECOND = 2**33
STATE_NAMES = [name for name, _ in STATES]


class Field(serializers.Serializer[Any]):
    name = TextField(max_length=FIELD_LENGTH)
    value = serializers.JSONField(help_text="A text, a number or a boolean.")

    def validate_name(self, value: str) -> str:
        if not announcements.is_filterable_field(value):
            raise serializers.ValidationError("No number, quotes or backslashes.")
        return value

    def validate_value(self, value: Any) -> Any:
        is_text = isinstance(value, str) and value.isprintable() and len(value) <= MAX_VALUE_LENGTH
        if not is_text and not (isinstance(value, int | float) and abs(value) <= 2**53):
            raise serializers.ValidationError("Not a text that can be shown, a number or a boolean.")
        return value


class NewAnnouncement(serializers.Serializer[Any]):
    name = TextField(
        max_length=NAME_LENGTH, help_text="Yours. The same one again makes no other announcement."
    )
    text = TextField(max_length=TEXT_LENGTH)
    group = TextField(max_length=20, required=False, help_text="Only its members.")
    field = Field(required=False, help_text="Only people with this value of a custom field.")
    active_since = WholeNumber(
        min_value=0, max_value=_LATEST_SECOND, required=False, help_text="Only who has logged in since then."
    )
    push = Flag(required=False, help_text="Whether people are notified; they are not, if it is left out.")


class AnnouncementQuery(serializers.Serializer[Any]):
    dry_run = serializers.BooleanField(required=False, help_text="Only count.")


class AnnouncementShape(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    text = serializers.CharField()
    state = serializers.ChoiceField(STATE_NAMES)
    total = serializers.IntegerField(help_text="How many people it was for when it began.")
    sent = serializers.IntegerField()
    problem = serializers.CharField(help_text="Why the server has stopped it.")
    made = Second(source="made_at")

    class Meta:
        ref_name = "Announcement"


class AnnouncementOrCount(AnnouncementShape):
    """After `dry_run`, only `total`."""

    class Meta:
        ref_name = "AnnouncementOrCount"

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        for name, field in fields.items():
            field.required = name == "total"
        return fields


class Turn(serializers.Serializer[Any]):
    action = serializers.ChoiceField(["stop", "resume"])


class AnnouncementView(KeyView):
    scope = Scope.ANNOUNCE

    @property
    def backend(self) -> Moderator:
        return backend(self.key, self.address)


class Announcements(AnnouncementView):
    @extend_schema(responses=list_of(AnnouncementShape))
    def get(self, request: Request) -> Response:
        """The last 100, latest first."""
        latest = Announcement.objects.order_by("-pk")[:MAX_PAGE]
        return Response(listed(AnnouncementShape(latest, many=True).data))

    @extend_schema(
        request=NewAnnouncement,
        parameters=[AnnouncementQuery],
        responses={201: AnnouncementShape, 200: AnnouncementOrCount},
    )
    def post(self, request: Request) -> Response:
        """Send a text from the service's own account to everybody, or to those who meet all of the filter."""
        body = self.valid_body(NewAnnouncement)
        to = _audience(body)
        if self.valid_query(AnnouncementQuery).get("dry_run"):
            return Response({"total": announcements.count_recipients(to)})
        pushes = body.get("push", False)
        made, is_new = announcements.start(self.backend, body["name"], body["text"], to, pushes=pushes)
        return Response(AnnouncementShape(made).data, 201 if is_new else 200)


class OneAnnouncement(AnnouncementView):
    @extend_schema(responses=AnnouncementShape)
    def get(self, request: Request, announcement: str) -> Response:
        """How far it is."""
        return Response(AnnouncementShape(_announcement_or_404(announcement)).data)

    @extend_schema(request=Turn, responses=AnnouncementShape)
    def post(self, request: Request, announcement: str) -> Response:
        """Stop it, or go on where it was stopped."""
        turn = announcements.stop if self.valid_body(Turn)["action"] == "stop" else announcements.resume
        turn(self.backend, _announcement_or_404(announcement))
        return Response(AnnouncementShape(_announcement_or_404(announcement)).data)


def _audience(body: dict[str, Any]) -> Audience:
    """Return the audience that the body describes. Raises ApiError and GroupNotFound."""
    group, field, since = body.get("group"), body.get("field"), body.get("active_since")
    if group is not None:
        if not is_group_id(group):
            raise invalid("group", "Not the id of a group.")
        check_exists(int(group))
    return Audience(
        None if group is None else int(group),
        field["name"] if field else "",
        field["value"] if field else None,
        None if since is None else datetime.fromtimestamp(since, UTC),
    )


def _announcement_or_404(announcement: str) -> Announcement:
    row = Announcement.objects.filter(pk=id_in(announcement) or 0).first()
    if row is None:
        raise not_found("There is no such announcement.")
    return row
