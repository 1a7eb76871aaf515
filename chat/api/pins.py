"""The API views of pinned messages, readers of a message, starred messages, stickers and bot commands."""

from typing import Any

from drf_spectacular.utils import extend_schema
from msgspec import to_builtins
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.compressing import compressed
from accounts.api.fields import id_in
from accounts.api.shapes import Profile, list_of, listed, profile
from accounts.codes import Name
from accounts.selectors import people_of
from chat.access import may_read_members
from chat.api.base import ChatView, peer_or_404
from chat.api.forms import MessagePageQuery, MessageQuery, NewPin, UnpinQuery
from chat.api.messages import check_readable, message_id_or_404
from chat.api.shapes import FoundMessages, serializer_of
from chat.failures import CommandRefused
from chat.protocol.kinds import for_clients
from chat.reading.readers import readers_of
from chat.reading.shapes import PinnedMessage, shown_message
from chat.services import bots, pinning, starring, stickers


@compressed
class Pins(ChatView):
    @extend_schema(parameters=[MessageQuery], responses=list_of(serializer_of(PinnedMessage)))
    def get(self, request: Request, conversation: str) -> Response:
        """The pinned messages that one may read, pinned last first."""
        peer = peer_or_404(conversation)
        check_readable(self.userid, peer)
        self.log_private_read(peer)
        extension = self.valid_query(MessageQuery)["extension"]
        pinned = [
            shown_message(
                pin.message,
                self.userid,
                PinnedMessage,
                with_extension=extension,
                pinned_by=pin.by,
                pinned_at=int(pin.at.timestamp()),
            )
            for pin in pinning.pins_of(self.userid, peer)
        ]
        return Response(listed(to_builtins(pinned)))

    @extend_schema(request=NewPin, responses={204: None})
    def put(self, request: Request, conversation: str) -> Response:
        """Pin a message for everybody in the conversation: as owners and admins of a group may, or either of
        two people. At most 20."""
        pinning.pin(self.userid, peer_or_404(conversation), self.valid_body(NewPin)["message"])
        return Response(status=204)

    @extend_schema(parameters=[UnpinQuery], responses={204: None})
    def delete(self, request: Request, conversation: str) -> Response:
        """Pin a message no more, as those may who may pin it."""
        pinning.unpin(self.userid, peer_or_404(conversation), self.valid_query(UnpinQuery)["message"])
        return Response(status=204)


class Readers(ChatView):
    @extend_schema(responses=list_of(Profile))
    def get(self, request: Request, conversation: str, message: str) -> Response:
        """Who has read this message, as far as their read marks say it; in groups of at most 100 members."""
        peer = peer_or_404(conversation)
        check_readable(self.userid, peer)
        readers = readers_of(self.userid, peer, message_id_or_404(message))
        return Response(listed(profile(*person, self.base_url) for person in people_of(readers)))


@compressed
class Stars(ChatView):
    @extend_schema(parameters=[MessagePageQuery], responses=FoundMessages)
    def get(self, request: Request) -> Response:
        """Those of all conversations that one may read, newest first. To go on, ask again with the `before`
        of the reply."""
        query = self.valid_query(MessagePageQuery)
        self.log_private_read(None)
        page = starring.starred_by(self.userid, query.get("before"), query["limit"])
        extension = query["extension"]
        messages = [
            shown_message(message, self.userid, with_extension=extension) for message in page.messages
        ]
        items = listed(to_builtins(messages), more=page.before is not None)
        return Response(items if page.before is None else {**items, "before": page.before})


class StarsThere(ChatView):
    @extend_schema(request=NewPin, responses={204: None})
    def put(self, request: Request, conversation: str) -> Response:
        """Star a message for oneself, on all devices. At most 1,000 in all."""
        target, peer = self.valid_body(NewPin)["message"], peer_or_404(conversation)
        if starring.star(self.userid, peer, target):
            self.notify_own_devices(peer, starred=[target])
        return Response(status=204)

    @extend_schema(parameters=[UnpinQuery], responses={204: None})
    def delete(self, request: Request, conversation: str) -> Response:
        """Star a message no more."""
        target, peer = self.valid_query(UnpinQuery)["message"], peer_or_404(conversation)
        if starring.unstar(self.userid, target):
            self.notify_own_devices(peer, unstarred=[target])
        return Response(status=204)


class StickerShape(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    kind = serializers.ChoiceField(["picture", "emotion"], help_text="Send it as such a message.")
    content = serializers.CharField()

    class Meta:
        ref_name = "Sticker"


class Stickers(ChatView):
    @extend_schema(responses=list_of(StickerShape))
    def get(self, request: Request) -> Response:
        """All of them, the newest first. One goes when the message from which one has saved it is
        recalled."""
        self.log_private_read(None)
        saved = stickers.stickers_of(self.userid)
        return Response(
            listed(
                for_clients({"id": sticker.pk, "kind": sticker.kind, "content": sticker.content})
                for sticker in saved
            )
        )

    @extend_schema(request=NewPin, responses={204: None})
    def put(self, request: Request) -> Response:
        """Save the picture or the emotion of a message, once. At most 200."""
        stickers.save(self.userid, self.valid_body(NewPin)["message"])
        self.notify_own_devices(self.userid, stickers=True)
        return Response(status=204)


class OneSticker(ChatView):
    @extend_schema(responses={204: None})
    def delete(self, request: Request, sticker: str) -> Response:
        """Keep it no more."""
        if (id_ := id_in(sticker)) is None:
            raise CommandRefused(Name.NOT_FOUND, "no such sticker")
        if stickers.remove(self.userid, id_):
            self.notify_own_devices(self.userid, stickers=True)
        return Response(status=204)


class CommandShape(serializers.Serializer[Any]):
    bot = serializers.CharField(help_text="The userid of the bot that lists it.")
    name = serializers.CharField(help_text="What stands after the `/`.")
    description = serializers.CharField()

    class Meta:
        ref_name = "BotCommand"


class Commands(ChatView):
    @extend_schema(responses=list_of(CommandShape))
    def get(self, request: Request, conversation: str) -> Response:
        """The commands that the bots there list. A text `/name` that mentions the bot asks for one."""
        peer = peer_or_404(conversation)
        if isinstance(peer, int):
            may_read_members(self.userid, peer)
        return Response(listed(bots.bot_commands_in(self.userid, peer)))
