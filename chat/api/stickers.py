"""The stickers that one has saved."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.fields import id_in
from accounts.api.shapes import list_of, listed
from accounts.codes import Name
from chat.api.base import ChatView
from chat.api.forms import NewPin
from chat.failures import CommandRefused
from chat.protocol.kinds import shown_in
from chat.services import stickers


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
        self.log_reading(None)
        saved = stickers.stickers_of(self.userid)
        return Response(
            listed(shown_in({"id": one.pk, "kind": one.kind, "content": one.content}) for one in saved)
        )

    @extend_schema(request=NewPin, responses={204: None})
    def put(self, request: Request) -> Response:
        """Save the picture or the emotion of a message, once. At most 200."""
        stickers.save(self.userid, self.valid_body(NewPin)["message"])
        self.announce(self.userid, stickers=True)
        return Response(status=204)


class OneSticker(ChatView):
    @extend_schema(responses={204: None})
    def delete(self, request: Request, sticker: str) -> Response:
        """Keep it no more."""
        if (id_ := id_in(sticker)) is None:
            raise CommandRefused(Name.NOT_FOUND, "no such sticker")
        if stickers.remove(self.userid, id_):
            self.announce(self.userid, stickers=True)
        return Response(status=204)
