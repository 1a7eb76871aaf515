"""API calls about a message."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.shapes import list_of, listed
from chat.protocol.frames import MODERATOR
from chat.protocol.kinds import FILES, KINDS, for_clients
from log.rows import conversation_name
from moderation import reading
from moderation.actions.messages import HELD, MESSAGES
from moderation.api.base import DeskView, Done, Reason, action_serializer, path_id
from moderation.reading import ReviewedMessage
from uploads.selectors import moderator_url

AUTHOR = "author"


class MessageAtTheDesk(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    to = serializers.CharField(help_text="`u:<userid>` or `g:<groupid>`.")
    kind = serializers.ChoiceField(KINDS)
    content = serializers.CharField(help_text="As it was last, also of a recalled message.")
    extension = serializers.CharField()
    time = serializers.IntegerField(help_text="Whole seconds since 1970.")
    edited = serializers.BooleanField()
    recalled = serializers.ChoiceField(
        [MODERATOR, AUTHOR, "erased"], required=False, help_text="By whom; `erased`: for good."
    )

    def get_fields(self) -> dict[str, Any]:
        # `from` is a keyword of Python.
        return {**super().get_fields(), "from": serializers.CharField()}


class Why(serializers.Serializer[Any]):
    reason = Reason(
        required=False,
        help_text="Needed for a message of one person to another, which is private.",
    )


MessageAction = action_serializer("MessageAction", (*MESSAGES, *HELD))


class DeskMessage(DeskView):
    @extend_schema(parameters=[Why], responses=list_of(MessageAtTheDesk))
    def get(self, request: Request, message: str) -> Response:
        """A message between the last ten before and the first ten after it in its conversation."""
        context = reading.read_in_context(
            self.moderator, path_id(message), self.valid_query(Why).get("reason", "")
        )
        return Response(listed(map(_representation, context)))

    @extend_schema(request=MessageAction, responses=Done)
    def post(self, request: Request, message: str) -> Response:
        """Act on a message. Recalling or restoring it again changes nothing; erasing it is for good. One that
        a rule holds is released, and then has a new id, or discarded."""
        body = self.valid_body(MessageAction)
        return self.act((*MESSAGES, *HELD), path_id(message), body)


def _representation(message: ReviewedMessage) -> dict[str, Any]:
    entry = message.entry
    fields: dict[str, Any] = {
        "id": entry.id,
        "from": entry.sender,
        "to": conversation_name(entry.to),
        "kind": entry.kind,
        "content": entry.content,
        "extension": entry.extension,
        "time": entry.time,
        "edited": message.is_edited,
    }
    fields = for_clients(fields)
    if entry.kind in FILES:
        fields["content"] = moderator_url(entry.content)
    if message.recalled:
        fields["recalled"] = _by_whom(message)
    return fields


def _by_whom(message: ReviewedMessage) -> str:
    if message.recalled and message.recalled.is_erased:
        return "erased"
    return MODERATOR if message.recalled and message.recalled.by_desk else AUTHOR
