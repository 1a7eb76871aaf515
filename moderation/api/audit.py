"""API calls about the audit log."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.fields import Second, TextField
from accounts.api.shapes import list_of, listed
from chat.api.forms import PageBounds
from moderation import audit
from moderation.actions import undoing
from moderation.api.base import DeskView, Done, Reason, done_response, path_id
from moderation.audit import Filter
from moderation.models.audit import ACTION_LENGTH, TARGET_LENGTH
from moderation.moderators import READ_DESK, VIEW_AUDIT


class Entry(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    time = Second(help_text="Whole seconds since 1970.")
    actor = serializers.CharField(
        help_text="A userid; `key:<id>` of a backend, `rule:<id>` of a rule, `/manage.py` of a command."
    )
    acted_for = serializers.CharField(
        allow_null=True, help_text="On whose behalf a backend says to have acted: its `as`."
    )
    action = serializers.CharField(help_text="As `person.mute`; `refused` if it was not allowed.")
    target = serializers.CharField(
        help_text="`u:<userid>`, `g:<groupid>`, `m:<id>` of a message, `r:<id>` of a report, `rule:<id>`, "
        "`key:<id>` of an API key."
    )
    reason = serializers.CharField()
    address = serializers.CharField(help_text="Where the actor was.")
    log = serializers.IntegerField(
        source="log_id", allow_null=True, help_text="The place in the log that the action has."
    )

    class Meta:
        ref_name = "AuditEntry"


class AuditQuery(PageBounds):
    actor = TextField(required=False, max_length=TARGET_LENGTH)
    acted_for = TextField(
        required=False, max_length=TARGET_LENGTH, help_text="On whose behalf a backend acted."
    )
    action = TextField(
        required=False, max_length=ACTION_LENGTH, help_text="Or its beginning with the point, as `person.`."
    )
    target = TextField(required=False, max_length=TARGET_LENGTH)


class EntryAction(serializers.Serializer[Any]):
    action = serializers.ChoiceField(["undo"])
    reason = Reason()


class AuditLog(DeskView):
    @extend_schema(parameters=[AuditQuery], responses=list_of(Entry))
    def get(self, request: Request) -> Response:
        """What was done at the desk, latest first, and what was refused."""
        self.moderator.require(VIEW_AUDIT, "audit.read")
        query = self.valid_query(AuditQuery)
        limit, before = query.pop("limit"), query.pop("before", None)
        entries = audit.entries(Filter(**query), limit=limit + 1, before=before)
        return Response(listed(Entry(entries[:limit], many=True).data, more=len(entries) > limit))


class AuditLogEntry(DeskView):
    @extend_schema(request=EntryAction, responses=Done)
    def post(self, request: Request, entry: str) -> Response:
        """Undo an action: a mute, a ban with what it has recalled, a group's mute, slow mode or end, or a
        recall. 409 if it is undone already, or somebody has set the same anew since."""
        body, id_ = self.valid_body(EntryAction), path_id(entry)
        self.moderator.require(READ_DESK, undoing.UNDO_ACTION)
        return done_response(undoing.undo(self.moderator, id_, body["reason"]))
