"""A person's conversations: which there are, how far they are read, who is kept out of them."""

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
from chat.api.base import ChatView, no_such_conversation, peer_named, peer_of
from chat.api.forms import (
    CUSTOM_VALUE,
    NOTHING,
    ONLY_MENTIONS,
    ListQuery,
    MessageQuery,
    NewMark,
    TheseMessages,
    Wishes,
    custom_value_in,
)
from chat.api.shapes import serializer_of
from chat.protocol.frames import Notify
from chat.reading import conversations, listing
from chat.reading.conversation_statements import Own
from chat.reading.conversations import Listed
from chat.reading.pages import CurrentMessage
from chat.reading.shapes import ShownConversation, ShownMessage, message, notice
from chat.services import blocks, own_list
from chat.signals import read_marked
from groups.selectors import picture_url as picture_of_group
from groups.selectors import requests_in
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


# What is shown of it as the person has made it.
_OWN = ("muted", "pinned", "archived", "marked_unread", "remark", "draft", "hidden_count")


class ConversationView(ChatView):
    def representations(self, items: list[Listed], *, with_extension: bool = False) -> list[dict[str, Any]]:
        last, asking = _last_of(self.userid, items, with_extension), _asking_in(items)
        return [to_builtins(self._one(one, last.get(one.peer), asking.get(one.peer, UNSET))) for one in items]

    def one(self, name: str, *, with_extension: bool = False) -> dict[str, Any]:
        """Raises ApiError for one that the person does not have."""
        self.log_reading(peer_named(name))
        return self.seen(name, with_extension=with_extension)

    def seen(self, name: str, *, with_extension: bool = False) -> dict[str, Any]:
        """The same, of which the person is not told."""
        peer = peer_named(name)
        matches = conversations.conversations_of(self.userid, [peer])
        if not matches:
            raise no_such_conversation()
        return self.representations(matches, with_extension=with_extension)[0]

    def _one(self, one: Listed, last: ShownMessage | None, requests: int | UnsetType) -> ShownConversation:
        picture = picture_of_group if isinstance(one.peer, int) else picture_of_person
        own = one.own._asdict()
        return ShownConversation(
            id=conversation_name(one.peer),
            bot=one.is_bot or UNSET,
            title=one.title,
            picture=picture(one.picture, self.base_url),
            last=last,
            unread=one.unread,
            mentioned=one.mentioned,
            read=one.read,
            role=one.role,
            notify=_notify(one.own),
            request=one.is_apart,
            removed=one.is_removed,
            cleared=one.own.cleared_id,
            read_by_other=one.read_by_other,
            joined=None if one.joined is None else notice(one.joined),
            requests=requests,
            **{name: own[name] for name in _OWN},
        )


@compressed
class Conversations(ConversationView):
    @extend_schema(parameters=[ListQuery, CUSTOM_VALUE], responses=page_of(Conversation, counts=COUNTS))
    def get(self, request: Request) -> Response:
        """A page of the conversations, latest first, archived ones too, without those that one has removed.
        Of a long last message only the beginning. The order is that of the moment of the first page, so what
        is written meanwhile makes one miss none; one that is new or cleared meanwhile comes last."""
        query = self.valid_query(ListQuery)
        self.log_reading(None)
        if names := query.get("ids"):
            peers = [peer for peer in map(peer_of, names.split(",")) if peer is not None]
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
        return Response(self.one(conversation, with_extension=self.valid_query(MessageQuery)["extension"]))

    def current(self, **parts: str) -> dict[str, Any]:
        return self.seen(parts["conversation"])

    @extend_schema(request=Wishes, responses=Conversation)
    def patch(self, request: Request, conversation: str) -> Response:
        """Say of which messages one is notified, pin or archive it for oneself, mark it as unread, keep a
        draft of what one writes there, or give the person a name that only one sees. One's other devices get
        the event `conversation`."""
        changes, peer = self.valid_body(Wishes), peer_named(conversation)
        if "remark" in changes and isinstance(peer, int):
            raise invalid("remark", "Only for people.")
        if "unread" in changes:
            changes["marked_unread"] = changes.pop("unread")
        if "notify" in changes:
            changes |= _as_fields(changes.pop("notify"), peer)
        changed = own_list.change(self.userid, peer, **changes)
        now = self.one(conversation)
        if "muted" in changed or "mentions_only" in changed:
            changed.pop("mentions_only", None)
            changed["notify"] = now["notify"]
        self.announce(peer, **changed)
        return Response(now)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, conversation: str) -> Response:
        """Take it off one's list until something new is written. The messages stay."""
        own_list.remove(self.userid, peer := peer_named(conversation))
        self.announce(peer, removed=True)
        return Response(status=204)


class Clear(ConversationView):
    @extend_schema(request=NewMark, responses=Cleared)
    def post(self, request: Request, conversation: str) -> Response:
        """Show oneself nothing of it up to this id any more, on all devices: neither in histories nor in
        search. Others still have it. It cannot be undone."""
        peer = peer_named(conversation)
        cleared = own_list.clear(self.userid, peer, self.valid_body(NewMark)["upto"])
        self.announce(peer, cleared=cleared)
        return Response({"cleared": cleared})


class Hide(ConversationView):
    @extend_schema(request=TheseMessages, responses=HiddenMessages)
    def post(self, request: Request, conversation: str) -> Response:
        """Show oneself these messages no more, on all devices: neither in histories nor in search. Others
        still have them. `unhide` undoes it."""
        ids = sorted(set(self.valid_body(TheseMessages)["messages"]))
        new = own_list.hide(self.userid, peer := peer_named(conversation), ids)
        if new:
            self.announce(peer, hidden=new)
        return Response({"hidden": ids})


class Unhide(ConversationView):
    @extend_schema(request=TheseMessages, responses=UnhiddenMessages)
    def post(self, request: Request, conversation: str) -> Response:
        """Show oneself these messages again, on all devices."""
        ids = self.valid_body(TheseMessages)["messages"]
        unhidden = own_list.unhide(self.userid, peer := peer_named(conversation), ids)
        if unhidden:
            self.announce(peer, unhidden=unhidden)
        return Response({"unhidden": unhidden})


class Read(ConversationView):
    @extend_schema(request=NewMark, responses=Marked)
    def put(self, request: Request, conversation: str) -> Response:
        """Everything up to this id is read. A mark never falls, nor goes beyond the last message."""
        upto, peer = self.valid_body(NewMark)["upto"], peer_named(conversation)
        marked = own_list.mark_read(self.userid, peer, upto)
        if marked.is_unmarked:
            self.announce(peer, marked_unread=False)
        if marked.has_risen:
            arguments = {"userid": self.userid, "peer": peer, "upto": marked.upto}
            transaction.on_commit(partial(read_marked.send, sender=Listed, **arguments))
        return Response({"upto": marked.upto, "unread": marked.unread})


class Blocks(ChatView):
    @extend_schema(responses=list_of(Profile))
    def get(self, request: Request) -> Response:
        """Who may not write to one."""
        people = people_of(blocks.blocks_of(self.userid))
        return Response(listed(profile(*one, self.base_url) for one in people))


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


def _notify(own: Own) -> Notify:
    if own.muted:
        return "none"
    return "mentions" if own.mentions_only else "all"


def _as_fields(notify: str, peer: Recipient) -> dict[str, bool]:
    """What is stored. Raises ApiError. Once all of it is muted, what it was before is kept."""
    if notify == ONLY_MENTIONS and not isinstance(peer, int):
        raise invalid("notify", "Only for groups.")
    if notify == NOTHING:
        return {"muted": True}
    return {"muted": False, "mentions_only": notify == ONLY_MENTIONS}


def _asking_in(items: list[Listed]) -> Mapping[Any, int]:
    """How many people ask to join the groups that the person manages."""
    managed = [one.peer for one in items if isinstance(one.peer, int) and one.role != Role.MEMBER]
    return requests_in(managed)


def _last_of(userid: str, items: list[Listed], with_extension: bool) -> dict[Recipient, ShownMessage]:
    """The last message of each, with what became of it."""
    last = {one.peer: one.last for one in items if one.last}
    reactions = reactions_of([one.entry.id for one in last.values()], userid)
    return {
        peer: message(
            CurrentMessage(
                one.entry,
                one.recalled,
                one.edited,
                NONE if one.recalled else reactions.get(one.entry.id, NONE),
                one.by_desk,
            ),
            userid,
            with_extension=with_extension,
            cut=one.is_cut or UNSET,
        )
        for peer, one in last.items()
    }
