"""The API views that search, read, send and edit messages."""

from typing import Any

from drf_spectacular.utils import extend_schema
from msgspec import to_builtins
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.compressing import compressed
from accounts.api.errors import invalid, not_found
from accounts.api.fields import id_in
from accounts.api.shapes import listed
from accounts.authentication.proofs import BadToken, Fault
from accounts.codes import Cause
from accounts.selectors import people_of
from accounts.services import is_open
from chat import access
from chat.api.base import ChatView, no_such_conversation, peer_or_404
from chat.api.forms import CUSTOM_VALUE, MessageRangeQuery, NewCard, NewMessage, SearchQuery, custom_value_in
from chat.api.shapes import FoundMessages, MessagePage
from chat.protocol.commands import Send
from chat.protocol.kinds import kind_of
from chat.readers.search import SearchMatches, search, search_custom
from chat.reading import pages
from chat.reading.clearing import visibility_of
from chat.reading.pages import ConversationReader, CurrentMessage, Item, Page
from chat.reading.readers import message_in
from chat.reading.shapes import ShownMessage, ShownNotice, shown_message, shown_notice
from chat.services import cards, sending
from log.cards import card_details
from log.details import with_custom
from log.reach import visible_to
from log.rows import LogId, Recipient


@compressed
class Search(ChatView):
    @extend_schema(parameters=[SearchQuery, CUSTOM_VALUE], responses=FoundMessages)
    def get(self, request: Request) -> Response:
        """Texts that have all the words, newest first. The last word may be the beginning of one, unless a
        sign follows it. Of what was written in the last second or so, not
        all may be found yet. Those of a page that are very long make it shorter. A search that takes long
        stops on its way: then there may be few items or none, and `more` is true. To go on, ask again with
        the `before` of the reply. Without words, messages of any kind in one conversation that have a value
        attached."""
        query = self.valid_query(SearchQuery)
        matches = self._matches(query, custom_value_in(request.query_params))
        readable = pages.messages_with_ids(self.userid, matches.ids)
        extension = query["extension"]
        there = [message for message in readable if not message.recalled]
        items = to_builtins(
            [shown_message(message, self.userid, with_extension=extension) for message in there]
        )
        # If the page is full before all matches are on it, the next page begins after its last message.
        before = readable[-1].entry.id if 0 < len(readable) < len(matches.ids) else matches.before
        return Response(listed(items) if before is None else {**listed(items, more=True), "before": before})

    def _matches(self, query: dict[str, Any], custom: tuple[str, str] | None) -> SearchMatches:
        self.log_private_read(peer := query.get("conversation"))
        chosen: Any = {"sender": query.get("from"), "kind": query.get("kind"), "before": query.get("before")}
        if custom is None and "q" in query:
            return search(self.userid, query["q"], peer=peer, limit=query["limit"], **chosen)
        if custom is None:
            raise invalid("q", "This field is required.")
        if "q" in query or peer is None:
            raise invalid("custom.<name>", "With a conversation, and without q.")
        return search_custom(self.userid, peer, *custom, limit=query["limit"], **chosen)


class SentShape(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    time = serializers.IntegerField(help_text="Whole seconds since 1970.")
    content = serializers.CharField(required=False, help_text="What it says, if a rule has changed it.")

    class Meta:
        ref_name = "Sent"


class ChangedShape(serializers.Serializer[Any]):
    id = serializers.IntegerField(help_text="The row that gave the message its content.")

    class Meta:
        ref_name = "Changed"


@compressed
class Messages(ChatView):
    @extend_schema(parameters=[MessageRangeQuery], responses=MessagePage)
    def get(self, request: Request, conversation: str) -> Response:
        """A page of messages, oldest first: without an id the last ones; before, after, or around an id, or
        around a time. With notices, also what happened to a group: of the kind `notice`, otherwise as
        their events."""
        span = self.valid_query(MessageRangeQuery)
        peer = peer_or_404(conversation)
        check_readable(self.userid, peer)
        self.log_private_read(peer)
        chosen = {"notices": span["notices"], "mentioned": span["mentioned"], "kinds": span.get("kind", ())}
        cleared, hides = visibility_of(self.userid, peer)
        reader = ConversationReader(self.userid, peer, cleared_id=cleared, hides=hides, **chosen)
        page = _read_page(reader, span)
        items = to_builtins([_shown_item(item, self.userid, span["extension"]) for item in page.items])
        return Response(listed(items, more=page.more))

    @extend_schema(request=NewMessage, responses={200: SentShape, 201: SentShape})
    def post(self, request: Request, conversation: str) -> Response:
        """Send a message. The same cid again: the same answer, and nothing is sent."""
        body = self.valid_body(NewMessage)
        command = Send(
            body["kind"],
            peer_or_404(conversation),
            body["content"],
            body["extension"],
            body.get("cid"),
            body["reply"],
            body["name"],
            tuple(dict.fromkeys(body["mentions"])),
            body["details"],
            silent=body["silent"],
        )
        kind = kind_of(command.kind)
        if kind.is_of_bots:
            if not self.key:
                raise invalid("kind", f"Only bots and backends with an API key send {kind.english.lower()}s.")
            command = command._replace(details=card_details(body["card"]))
        command = command._replace(details=with_custom(command.details, body["custom"]))
        sent = sending.send_in_thread(self.somebody, command, self.address, self.base_url)
        reply: dict[str, Any] = {"id": sent.id, "time": sent.time}
        if sent.content is not None:
            reply["content"] = sent.content
        return Response(reply, 201 if sent.is_new else 200)


class OneMessage(ChatView):
    @extend_schema(request=NewCard, responses=ChangedShape)
    def patch(self, request: Request, conversation: str, message: str) -> Response:
        """Give a card another content, at any time: a backend with an API key that acts for its author."""
        message_in(self.userid, peer_or_404(conversation), id_ := message_id_or_404(message))
        if not self.key:
            raise BadToken(Fault.NEEDS_KEY)
        body = self.valid_body(NewCard)
        changed = cards.edit_card(
            self.somebody, id_, body["content"], body["card"], self.address, body.get("custom")
        )
        return Response({"id": changed})


def message_id_or_404(text: str) -> LogId:
    """Return the id. Raise ApiError if `text` is not a message id."""
    if (id_ := id_in(text)) is None:
        raise not_found(Cause.NO_SUCH_MESSAGE.text)
    return id_


def check_readable(userid: str, peer: Recipient) -> None:
    """Raise ApiError if the other person does not exist, and CommandRefused if the person is not in the
    group. In open mode a person is created when somebody writes to them, so until then the conversation is
    empty."""
    if isinstance(peer, int):
        access.may_read_records(userid, peer)
    elif not is_open() and not people_of([peer], visible_to(userid)):
        raise no_such_conversation()


def _read_page(reader: ConversationReader, span: dict[str, Any]) -> Page:
    limit = span["limit"]
    if "after" in span:
        return pages.page_after(reader, span["after"], limit)
    if "around" in span:
        return pages.page_around(reader, span["around"], limit)
    if "time" in span:
        return pages.page_since(reader, span["time"], limit)
    if "before" in span:
        return pages.page_before(reader, span["before"], limit)
    return pages.latest_page(reader, limit)


def _shown_item(item: Item, userid: str, with_extension: bool) -> ShownMessage | ShownNotice:
    if isinstance(item, CurrentMessage):
        return shown_message(item, userid, with_extension=with_extension)
    return shown_notice(item)
