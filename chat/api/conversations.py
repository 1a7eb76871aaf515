"""The API views of the caller's conversations, their read marks and the blocked people."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from django.db import transaction
from drf_spectacular.utils import extend_schema, inline_serializer
from msgspec import UNSET, UnsetType, to_builtins
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import Role
from accounts.api.compressing import compressed
from accounts.api.conditional import ConditionalView
from accounts.api.errors import invalid
from accounts.api.fields import LARGEST_ID
from accounts.api.paging import MAX_ITEMS, page, page_of
from accounts.api.shapes import Profile, list_of, listed, profile
from accounts.selectors import people_of
from accounts.selectors import picture_url as picture_of_person
from chat.api.base import ChatView, no_such_conversation, parse_peer, peer_or_404
from chat.api.forms import (
    CUSTOM_VALUE,
    NOTHING,
    ONLY_MENTIONS,
    ConversationListQuery,
    MessageQuery,
    NewMark,
    TheseMessages,
    Wishes,
    custom_value_in,
)
from chat.api.shapes import serializer_of
from chat.protocol.frames import Notify
from chat.reading import conversations, listing
from chat.reading.conversation_statements import OwnSettings
from chat.reading.conversations import ListedConversation
from chat.reading.pages import CurrentMessage
from chat.reading.shapes import ShownConversation, ShownMessage, shown_message, shown_notice
from chat.services import blocks, own_list
from chat.signals import read_marked
from groups.selectors import join_request_counts
from groups.selectors import picture_url as picture_of_group
from log.reactions import NONE, reactions_of
from log.rows import Recipient, conversation_name

Conversation = serializer_of(ShownConversation)


class Marked(serializers.Serializer[Any]):
    upto = serializers.IntegerField(min_value=0, max_value=LARGEST_ID)
    unread = serializers.IntegerField(help_text="How many are left; counted up to 1,000.")


class Cleared(serializers.Serializer[Any]):
    cleared = serializers.IntegerField(help_text="Up to where nothing is shown now.")


class HiddenMessages(serializers.Serializer[Any]):
    hidden = serializers.ListField(child=serializers.IntegerField(), help_text="Their ids.")


class UnhiddenMessages(serializers.Serializer[Any]):
    unhidden = serializers.ListField(
        child=serializers.IntegerField(), help_text="The ids of those that were hidden."
    )


COUNTS = inline_serializer(
    "ConversationCounts",
    {
        "unread": serializers.IntegerField(
            help_text="Messages in the main folder where notifications are wanted; a conversation that is "
            "marked as unread counts as one."
        ),
        "archived": serializers.IntegerField(help_text="Conversations in this folder."),
        "requests": serializers.IntegerField(help_text="Conversations in this folder."),
    },
    required=False,
)


# The fields of OwnSettings that are represented as they are.
_OWN_FIELDS = ("muted", "pinned", "archived", "marked_unread", "remark", "draft", "hidden_count")


class ConversationView(ChatView):
    def representations(
        self, items: list[ListedConversation], *, with_extension: bool = False
    ) -> list[dict[str, Any]]:
        last, asking = _shown_last_messages(self.userid, items, with_extension), _join_request_counts(items)
        return [
            to_builtins(
                self._representation(
                    conversation, last.get(conversation.peer), asking.get(conversation.peer, UNSET)
                )
            )
            for conversation in items
        ]

    def representation_of(self, name: str, *, with_extension: bool = False) -> dict[str, Any]:
        """Represent the conversation and log the read. Raise ApiError if the caller does not have it."""
        self.log_private_read(peer_or_404(name))
        return self.representation_unlogged(name, with_extension=with_extension)

    def representation_unlogged(self, name: str, *, with_extension: bool = False) -> dict[str, Any]:
        """Represent the conversation without logging the read."""
        peer = peer_or_404(name)
        matches = conversations.conversations_of(self.userid, [peer])
        if not matches:
            raise no_such_conversation()
        return self.representations(matches, with_extension=with_extension)[0]

    def _representation(
        self, conversation: ListedConversation, last: ShownMessage | None, requests: int | UnsetType
    ) -> ShownConversation:
        picture = picture_of_group if isinstance(conversation.peer, int) else picture_of_person
        own = conversation.own._asdict()
        return ShownConversation(
            id=conversation_name(conversation.peer),
            bot=conversation.is_bot or UNSET,
            title=conversation.title,
            picture=picture(conversation.picture, self.base_url),
            last=last,
            unread=conversation.unread,
            mentioned=conversation.mentioned,
            read=conversation.read,
            role=conversation.role,
            notify=_notify_choice(conversation.own),
            request=conversation.is_apart,
            removed=conversation.is_removed,
            cleared=conversation.own.cleared_id,
            read_by_other=conversation.read_by_other,
            joined=None if conversation.joined is None else shown_notice(conversation.joined),
            requests=requests,
            **{name: own[name] for name in _OWN_FIELDS},
        )


@compressed
class Conversations(ConversationView):
    @extend_schema(
        parameters=[ConversationListQuery, CUSTOM_VALUE], responses=page_of(Conversation, counts=COUNTS)
    )
    def get(self, request: Request) -> Response:
        """A page of the conversations, latest first, archived ones too, without those that one has removed.
        Of a long last message only the beginning. The order is that of the moment of the first page, so what
        is written meanwhile makes one miss none; one that is new or cleared meanwhile comes last."""
        query = self.valid_query(ConversationListQuery)
        self.log_private_read(None)
        if names := query.get("ids"):
            peers = [peer for peer in map(parse_peer, names.split(",")) if peer is not None]
            some = conversations.conversations_of(self.userid, peers) if peers else []
            return Response(page(self.representations(some, with_extension=query["extension"]), None))
        limit = query.get("limit", MAX_ITEMS)
        custom = custom_value_in(request.query_params)
        after, folder, q = query.get("after"), query["folder"], query.get("q", "")
        matches = listing.page_of(self.userid, limit, after, folder, q, custom)
        items = page(self.representations(matches.listed, with_extension=query["extension"]), matches.next)
        return Response({**items, "counts": matches.counts} if matches.counts else items)


@compressed
class OneConversation(ConversationView, ConditionalView):
    changeable = tuple(sorted({*Wishes().fields, "marked_unread"} - {"unread"}))

    @extend_schema(parameters=[MessageQuery], responses=Conversation)
    def get(self, request: Request, conversation: str) -> Response:
        """One conversation."""
        return Response(
            self.representation_of(conversation, with_extension=self.valid_query(MessageQuery)["extension"])
        )

    def current(self, **parts: str) -> dict[str, Any]:
        return self.representation_unlogged(parts["conversation"])

    @extend_schema(request=Wishes, responses=Conversation)
    def patch(self, request: Request, conversation: str) -> Response:
        """Say of which messages one is notified, pin or archive it for oneself, mark it as unread, keep a
        draft of what one writes there, or give the person a name that only one sees. One's other devices get
        the event `conversation`."""
        changes, peer = self.valid_body(Wishes), peer_or_404(conversation)
        if "remark" in changes and isinstance(peer, int):
            raise invalid("remark", "Only for people.")
        if "unread" in changes:
            changes["marked_unread"] = changes.pop("unread")
        if "notify" in changes:
            changes |= _notify_fields(changes.pop("notify"), peer)
        changed = own_list.update_settings(self.userid, peer, **changes)
        now = self.representation_of(conversation)
        if "muted" in changed or "mentions_only" in changed:
            changed.pop("mentions_only", None)
            changed["notify"] = now["notify"]
        self.notify_own_devices(peer, **changed)
        return Response(now)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, conversation: str) -> Response:
        """Take it off one's list until something new is written. The messages stay."""
        own_list.remove_from_list(self.userid, peer := peer_or_404(conversation))
        self.notify_own_devices(peer, removed=True)
        return Response(status=204)


class Clear(ConversationView):
    @extend_schema(request=NewMark, responses=Cleared)
    def post(self, request: Request, conversation: str) -> Response:
        """Show oneself nothing of it up to this id any more, on all devices: neither in histories nor in
        search. Others still have it. It cannot be undone."""
        peer = peer_or_404(conversation)
        cleared = own_list.clear_history(self.userid, peer, self.valid_body(NewMark)["upto"])
        self.notify_own_devices(peer, cleared=cleared)
        return Response({"cleared": cleared})


class Hide(ConversationView):
    @extend_schema(request=TheseMessages, responses=HiddenMessages)
    def post(self, request: Request, conversation: str) -> Response:
        """Show oneself these messages no more, on all devices: neither in histories nor in search. Others
        still have them. `unhide` undoes it."""
        ids = sorted(set(self.valid_body(TheseMessages)["messages"]))
        new = own_list.hide_messages(self.userid, peer := peer_or_404(conversation), ids)
        if new:
            self.notify_own_devices(peer, hidden=new)
        return Response({"hidden": ids})


class Unhide(ConversationView):
    @extend_schema(request=TheseMessages, responses=UnhiddenMessages)
    def post(self, request: Request, conversation: str) -> Response:
        """Show oneself these messages again, on all devices."""
        ids = self.valid_body(TheseMessages)["messages"]
        unhidden = own_list.unhide_messages(self.userid, peer := peer_or_404(conversation), ids)
        if unhidden:
            self.notify_own_devices(peer, unhidden=unhidden)
        return Response({"unhidden": unhidden})


class Read(ConversationView):
    @extend_schema(request=NewMark, responses=Marked)
    def put(self, request: Request, conversation: str) -> Response:
        """Everything up to this id is read. A mark never falls, nor goes beyond the last message."""
        upto, peer = self.valid_body(NewMark)["upto"], peer_or_404(conversation)
        marked = own_list.mark_read(self.userid, peer, upto)
        if marked.is_unmarked:
            self.notify_own_devices(peer, marked_unread=False)
        if marked.has_risen:
            arguments = {"userid": self.userid, "peer": peer, "upto": marked.upto}
            transaction.on_commit(partial(read_marked.send, sender=ListedConversation, **arguments))
        return Response({"upto": marked.upto, "unread": marked.unread})


class Blocks(ChatView):
    @extend_schema(responses=list_of(Profile))
    def get(self, request: Request) -> Response:
        """Who may not write to one."""
        people = people_of(blocks.blocks_of(self.userid))
        return Response(listed(profile(*person, self.base_url) for person in people))


class OneBlock(ChatView):
    @extend_schema(request=None, responses={204: None})
    def put(self, request: Request, userid: str) -> Response:
        """This person may no longer write to one. Groups stay as they are."""
        blocks.block(self.userid, userid)
        return Response(status=204)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, userid: str) -> Response:
        """This person may write to one again."""
        blocks.unblock(self.userid, userid)
        return Response(status=204)


def _notify_choice(own: OwnSettings) -> Notify:
    if own.muted:
        return "none"
    return "mentions" if own.mentions_only else "all"


def _notify_fields(notify: str, peer: Recipient) -> dict[str, bool]:
    """Return the fields to store for `notify`. With NOTHING, the stored `mentions_only` stays as it is. Raise
    ApiError for ONLY_MENTIONS outside a group."""
    if notify == ONLY_MENTIONS and not isinstance(peer, int):
        raise invalid("notify", "Only for groups.")
    if notify == NOTHING:
        return {"muted": True}
    return {"muted": False, "mentions_only": notify == ONLY_MENTIONS}


def _join_request_counts(items: list[ListedConversation]) -> Mapping[Any, int]:
    """Count the pending join requests of each group that the caller manages."""
    managed = [
        conversation.peer
        for conversation in items
        if isinstance(conversation.peer, int) and conversation.role != Role.MEMBER
    ]
    return join_request_counts(managed)


def _shown_last_messages(
    userid: str, items: list[ListedConversation], with_extension: bool
) -> dict[Recipient, ShownMessage]:
    """Represent the last message of each conversation, with its amendments and reactions."""
    last = {conversation.peer: conversation.last for conversation in items if conversation.last}
    reactions = reactions_of([last_message.entry.id for last_message in last.values()], userid)
    return {
        peer: shown_message(
            CurrentMessage(
                last_message.entry,
                last_message.recalled,
                last_message.edited,
                NONE if last_message.recalled else reactions.get(last_message.entry.id, NONE),
                last_message.by_desk,
            ),
            userid,
            with_extension=with_extension,
            cut=last_message.is_cut or UNSET,
        )
        for peer, last_message in last.items()
    }
