"""The API views of responses to messages, made for each kind that takes responses, such as polls."""

from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, path
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from chat.api.base import ChatView, peer_or_404
from chat.api.forms import request_serializer_of
from chat.api.messages import ChangedShape, check_readable, message_id_or_404
from chat.api.shapes import serializer_of
from chat.protocol.commands import Amend
from chat.protocol.kinds import RESPONDING, Kind, kind_of
from chat.protocol.kinds.kind import Responding
from chat.reading.readers import message_in
from chat.reading.results import results_of
from chat.services.amending import amend
from chat.services.plans import run_in_thread
from chat.services.responding import require_part
from chat.services.sending import Caller
from log.details import encoded
from log.rows import CLOSING, RESPONSE, LogId

# A reply names at most this many people for each answer.
MAX_NAMED_PEOPLE = 1000


class _View(ChatView):
    def amend_message(self, conversation: str, message: str, kind: str, content: str) -> Response:
        message_in(self.userid, peer_or_404(conversation), id_ := message_id_or_404(message))
        caller = Caller(self.somebody, self.address)
        return Response({"id": run_in_thread(amend(caller, Amend(kind, id_, content))).id})


def urls(message: str) -> Iterator[URLPattern]:
    """Yield the URLs of responses. `message`: the path of a message."""
    for name, responding in RESPONDING.items():
        yield path(f"{message}/{responding.path}", _responses_view(kind_of(name), responding).as_view())
        yield path(f"{message}/{responding.path}/close", _closing_view(kind_of(name), responding).as_view())


def _responses_view(kind: Kind, responding: Responding) -> type[_View]:
    form, results = (
        request_serializer_of(responding.sent, responding.command.title()),
        serializer_of(responding.results),
    )
    word = kind.english.lower()

    class Responses(_View):
        @extend_schema(description=f"What people have answered to this {word}.", responses=results)
        def get(self, request: Request, conversation: str, message: str) -> Response:
            peer, id_ = peer_or_404(conversation), message_id_or_404(message)
            check_readable(self.userid, peer)
            self.log_private_read(peer)
            return Response(_results(self.userid, peer, id_, kind))

        @extend_schema(
            description=f"Answer this {word}, in the place of what one has answered before.",
            request=form,
            responses=ChangedShape,
        )
        def put(self, request: Request, conversation: str, message: str) -> Response:
            stored = responding.stored(responding.sent(**self.valid_body(form)))
            return self.amend_message(conversation, message, RESPONSE, encoded({kind.name: stored}))

        @extend_schema(description="Take one's answer back.", responses={200: ChangedShape})
        def delete(self, request: Request, conversation: str, message: str) -> Response:
            return self.amend_message(conversation, message, RESPONSE, encoded({kind.name: []}))

    Responses.__name__ = Responses.__qualname__ = responding.path.title()
    return Responses


def _closing_view(kind: Kind, responding: Responding) -> type[_View]:
    class Close(_View):
        @extend_schema(
            description=f"Take no more answers to a {kind.english.lower()}: its author, and in a group owners"
            " and admins.",
            request=None,
            responses=ChangedShape,
        )
        def post(self, request: Request, conversation: str, message: str) -> Response:
            return self.amend_message(conversation, message, CLOSING, encoded({kind.name: True}))

    Close.__name__ = Close.__qualname__ = responding.closing.title().replace("_", "")
    return Close


def _results(userid: str, peer: Any, id_: LogId, kind: Kind) -> dict[str, Any]:
    """Return the results of the responses to the message. Raise CommandRefused if it is of another kind."""
    message = message_in(userid, peer, id_)
    require_part(message, kind.name)
    return results_of([message], userid, MAX_NAMED_PEOPLE)[id_]
