"""The messages that one has starred."""

from functools import partial
from typing import Any

from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.shapes import listed
from chat.api.base import ChatView, peer_named
from chat.api.forms import NewPin, OldPin, Portion
from chat.api.shapes import FoundMessages
from chat.models import Star
from chat.reading.shapes import message
from chat.services import starring
from chat.signals import conversation_changed


class Stars(ChatView):
    @extend_schema(parameters=[Portion], responses=FoundMessages)
    def get(self, request: Request) -> Response:
        """Those of all conversations that one may read, newest first. To go on, ask again with the `before`
        of the reply."""
        asked = self.asked(Portion)
        self.tell_reading(None)
        found = starring.starred_by(self.userid, asked.get("before"), asked["limit"])
        items = listed((message(one, self.userid) for one in found.messages), more=found.before is not None)
        return Response(items if found.before is None else {**items, "before": found.before})


class StarsThere(ChatView):
    @extend_schema(request=NewPin, responses={204: None})
    def put(self, request: Request, conversation: str) -> Response:
        """Star a message for oneself, on all devices. At most 1,000 in all."""
        target, peer = self.given(NewPin)["message"], peer_named(conversation)
        if starring.star(self.userid, peer, target):
            self._announce(peer, starred=[target])
        return Response(status=204)

    @extend_schema(parameters=[OldPin], responses={204: None})
    def delete(self, request: Request, conversation: str) -> Response:
        """Star a message no more."""
        target, peer = self.asked(OldPin)["message"], peer_named(conversation)
        if starring.unstar(self.userid, target):
            self._announce(peer, unstarred=[target])
        return Response(status=204)

    def _announce(self, peer: Any, **changed: Any) -> None:
        told = {"userid": self.userid, "peer": peer, "changed": changed}
        transaction.on_commit(partial(conversation_changed.send, sender=Star, **told))
