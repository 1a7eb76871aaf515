"""Searching the messages that a person may read."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.shapes import list_of, listed
from chat import pages
from chat.api.base import ChatView
from chat.api.forms import Wanted
from chat.api.shapes import Message
from chat.readers.search import search
from chat.shapes import message


class Search(ChatView):
    @extend_schema(parameters=[Wanted], responses=list_of(Message))
    def get(self, request: Request) -> Response:
        """Texts that have all the words, newest first. Of what was written in the last second or so, not
        all may be found yet. Those of a page that are very long make it shorter."""
        asked = self.asked(Wanted)
        self.tell_reading(asked.get("conversation"))
        ids, more = search(
            self.userid,
            asked["q"],
            peer=asked.get("conversation"),
            sender=asked.get("from"),
            kind=asked.get("kind"),
            before=asked.get("before"),
            limit=asked["limit"],
        )
        found = pages.of_ids(self.userid, ids)
        items = [message(one, self.userid) for one in found if not one.recalled]
        return Response(listed(items, more=more or len(found) < len(ids)))
