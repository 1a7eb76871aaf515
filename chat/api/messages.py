"""The messages of a conversation: reading, sending."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.shapes import list_of, listed
from accounts.selectors import people_of
from chat import access, pages, sending
from chat.api.base import ChatView, peer_named
from chat.api.forms import NewMessage, Span
from chat.api.names import no_such_conversation
from chat.api.shapes import Message, message
from chat.pages import Page
from chat.protocol.commands import Send
from chat.protocol.rows import Recipient


class SentShape(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    time = serializers.IntegerField(help_text="Whole seconds since 1970.")

    class Meta:
        ref_name = "Sent"


class Messages(ChatView):
    @extend_schema(parameters=[Span], responses=list_of(Message))
    def get(self, request: Request, conversation: str) -> Response:
        """A page of messages, oldest first: without an id the last ones; before, after, or around an id."""
        span = self.asked(Span)
        peer = peer_named(conversation)
        check_readable(self.userid, peer)
        page = _read(self.userid, peer, span)
        return Response(listed([message(one, self.userid) for one in page.messages], more=page.more))

    @extend_schema(request=NewMessage, responses={200: SentShape, 201: SentShape})
    def post(self, request: Request, conversation: str) -> Response:
        """Send a message. The same cid again: the same answer, and nothing is sent."""
        given = self.given(NewMessage)
        command = Send(
            given["kind"],
            peer_named(conversation),
            given["content"],
            given["extension"],
            given.get("cid"),
            given["reply"],
        )
        sent = sending.send(self.somebody, command, self.address, self.base_url)
        return Response({"id": sent.id, "time": sent.time}, 201 if sent.is_new else 200)


def check_readable(userid: str, peer: Recipient) -> None:
    """Raises ApiError for somebody who does not exist, and Refused for a group that the person is not in."""
    if isinstance(peer, int):
        access.may_read_records(userid, peer)
    elif not people_of([peer]):
        raise no_such_conversation()


def _read(userid: str, peer: Recipient, span: dict[str, int]) -> Page:
    limit = span["limit"]
    if "after" in span:
        return pages.after(userid, peer, span["after"], limit)
    if "around" in span:
        return pages.around(userid, peer, span["around"], limit)
    if "before" in span:
        return pages.before(userid, peer, span["before"], limit)
    return pages.latest(userid, peer, limit)
