"""The push format of the first server: a GET for each notice, of the conversation with the newest message."""

from collections.abc import Collection
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chat.protocol.kinds import CHINESE, TEXTS, preview
from notifications.events import NOTICE
from notifications.exchange import OutgoingRequest
from notifications.models import Delivery, Endpoint
from notifications.models.endpoints import FIRST_SERVER
from notifications.providers import register
from notifications.providers.webhook import EndpointProvider
from notifications.serializing import Payload

# Shown in place of a text.
_WITHOUT_TEXT = "[消息]"
# Phones show no more of a text, and servers accept no longer URLs.
_MAX_CHARACTERS = 1000


class FirstServer(EndpointProvider):
    name = FIRST_SERVER
    title = _("The first server's push format")

    def request(self, endpoint: Endpoint, delivery: Delivery, payload: Payload) -> OutgoingRequest | None:
        if delivery.event != NOTICE:
            return None
        newest = payload["conversations"][0]
        last = newest["last"]
        kind = last["kind"]
        text = last.get("content", _WITHOUT_TEXT) if kind in TEXTS else preview(kind, CHINESE)
        alert = f"{newest['title']}:{text[:_MAX_CHARACTERS]}"
        fields = {"users": payload["user"], "msgtype": "chat", "message": alert}
        joint = "&" if "?" in endpoint.url else "?"
        return OutgoingRequest("GET", f"{endpoint.url}{joint}{urlencode(fields)}", [("User-Agent", "im66")])

    def check_events(self, events: Collection[str]) -> None:
        if set(events) != {NOTICE}:
            raise ValidationError(gettext("This format supports notice.due only."))


register(FirstServer())
