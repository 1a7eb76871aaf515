"""Searching the messages that a person may read."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.shapes import listed
from chat.api.base import ChatView
from chat.api.forms import Wanted
from chat.api.shapes import FoundMessages
from chat.readers.search import search
from chat.reading import pages
from chat.reading.shapes import message


class Search(ChatView):
    @extend_schema(parameters=[Wanted], responses=FoundMessages)
    def get(self, request: Request) -> Response:
        """Texts that have all the words, newest first. The last word may be the beginning of one, unless a
        sign follows it. Of what was written in the last second or so, not
        all may be found yet. Those of a page that are very long make it shorter. A search that takes long
        stops on its way: then there may be few items or none, and `more` is true. To go on, ask again with
        the `before` of the reply."""
        asked = self.asked(Wanted)
        self.tell_reading(asked.get("conversation"))
        found = search(
            self.userid,
            asked["q"],
            peer=asked.get("conversation"),
            sender=asked.get("from"),
            kind=asked.get("kind"),
            before=asked.get("before"),
            limit=asked["limit"],
        )
        shown = pages.of_ids(self.userid, found.ids)
        items = [message(one, self.userid) for one in shown if not one.recalled]
        # A page that is full before all are on it.
        before = shown[-1].entry.id if 0 < len(shown) < len(found.ids) else found.before
        return Response(listed(items) if before is None else {**listed(items, more=True), "before": before})
