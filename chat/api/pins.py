"""What people see of single messages in a conversation: those that are pinned, and who has read one."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.shapes import Profile, list_of, listed, profile
from accounts.selectors import people_of
from chat.api.base import ChatView, peer_named
from chat.api.forms import NewPin, OldPin
from chat.api.messages import check_readable, message_id
from chat.api.shapes import Message
from chat.reading.readers import readers_of
from chat.reading.shapes import message
from chat.services import pinning


class PinnedShape(Message):
    pinned_by = serializers.CharField(help_text="Who has pinned it.")
    pinned_at = serializers.IntegerField(help_text="When: whole seconds since 1970.")

    class Meta:
        ref_name = "PinnedMessage"


class Pins(ChatView):
    @extend_schema(responses=list_of(PinnedShape))
    def get(self, request: Request, conversation: str) -> Response:
        """The pinned messages that one may read, pinned last first."""
        peer = peer_named(conversation)
        check_readable(self.userid, peer)
        self.tell_reading(peer)
        return Response(
            listed(
                {
                    **message(one.message, self.userid),
                    "pinned_by": one.by,
                    "pinned_at": int(one.at.timestamp()),
                }
                for one in pinning.pins_of(self.userid, peer)
            )
        )

    @extend_schema(request=NewPin, responses={204: None})
    def put(self, request: Request, conversation: str) -> Response:
        """Pin a message for everybody in the conversation: as owners and admins of a group may, or either of
        two people. At most 20."""
        pinning.pin(self.userid, peer_named(conversation), self.given(NewPin)["message"])
        return Response(status=204)

    @extend_schema(parameters=[OldPin], responses={204: None})
    def delete(self, request: Request, conversation: str) -> Response:
        """Pin a message no more, as those may who may pin it."""
        pinning.unpin(self.userid, peer_named(conversation), self.asked(OldPin)["message"])
        return Response(status=204)


class Readers(ChatView):
    @extend_schema(responses=list_of(Profile))
    def get(self, request: Request, conversation: str, message: str) -> Response:
        """Who has read this message, as far as their read marks say it; in groups of at most 100 members."""
        peer = peer_named(conversation)
        check_readable(self.userid, peer)
        found = readers_of(self.userid, peer, message_id(message))
        return Response(listed(profile(*one, self.base_url) for one in people_of(found)))
