"""Standard Webhooks, and what all endpoints have in common: operators make them, and they get events in order
and notices of everybody."""

import base64
import hmac
import json
import time
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import quote

from django.db.models import Q
from django.utils.functional import Promise

from accounts.compact import compact_text
from notifications.events import JOIN_REQUESTED, MESSAGES, MODERATED, NOTICE, PRESENCE, PRESSED, REPORTED
from notifications.exchange import OutgoingRequest
from notifications.models import Delivery, Endpoint
from notifications.models.endpoints import STANDARD, secret_key
from notifications.payloads import VERSION
from notifications.providers import NoticeTarget, Provider, provider_named, register
from notifications.serializing import Payload, payloads_of


class EndpointProvider(Provider):
    """`name`: the kind of the endpoints. `title`: what the admin calls it."""

    is_in_lanes = False
    title: ClassVar[Promise | str]

    def is_used(self) -> bool:
        return any(True for _ in self._notice_endpoints())

    def targets(self, userids: Collection[str]) -> Iterator[NoticeTarget]:
        for endpoint in self._notice_endpoints():
            for userid in userids:
                yield NoticeTarget(endpoint.pk, userid)

    def requests_to(
        self, endpoint: Endpoint, deliveries: Sequence[Delivery]
    ) -> dict[int, OutgoingRequest | None]:
        """As `requests`, for deliveries that all go to this endpoint."""
        payloads = payloads_of(deliveries, with_text=endpoint.with_text)
        return {
            one.pk: None if (payload := payloads[one.pk]) is None else self.request(endpoint, one, payload)
            for one in deliveries
        }

    def request(self, endpoint: Endpoint, delivery: Delivery, payload: Payload) -> OutgoingRequest | None:
        raise NotImplementedError

    def check_events(self, events: Collection[str]) -> None:
        """Raises ValidationError if such an endpoint cannot be told of all these."""

    def deliveries_to(self, ids: Collection[int]) -> Q:
        return Q(endpoint__in=ids)

    def delivery_fields(self, target_id: int) -> dict[str, Any]:
        return {"target_kind": self.name, "endpoint_id": target_id}

    def _notice_endpoints(self) -> Iterator[Endpoint]:
        for endpoint in Endpoint.objects.filter(kind=self.name, is_active=True):
            if endpoint.wants(NOTICE):
                yield endpoint


def endpoint_provider(endpoint: Endpoint) -> EndpointProvider:
    """Raises LookupError if no provider is called as its kind."""
    provider = provider_named(endpoint.kind)
    if not isinstance(provider, EndpointProvider):
        raise LookupError(f"no endpoints are {endpoint.kind}")
    return provider


class Webhook(EndpointProvider):
    name = STANDARD
    title = "Standard Webhooks"

    def request(self, endpoint: Endpoint, delivery: Delivery, payload: Payload) -> OutgoingRequest:
        event = envelope(delivery.event, delivery.made_at, payload)
        return signed(endpoint.url, endpoint.secret, webhook_id(delivery), event.encode())


def event_of(type_: str, second: float, data: Any) -> dict[str, Any]:
    """What payloads.schemas describes."""
    return {"type": type_, "version": VERSION, "timestamp": iso(second), "data": data}


def envelope(type_: str, second: float, data: Any) -> str:
    """The same as a text."""
    return compact_text(event_of(type_, second, data))


def signed(url: str, secret: str, id_: str, body: bytes) -> OutgoingRequest:
    """A request as Standard Webhooks wants it."""
    timestamp = int(time.time())
    headers = [
        ("Content-Type", "application/json"),
        ("User-Agent", "im66"),
        ("webhook-id", id_),
        ("webhook-timestamp", str(timestamp)),
        ("webhook-signature", signature(secret, id_, timestamp, body)),
    ]
    return OutgoingRequest("POST", url, headers, body)


# Of what has no row in the log: what its id begins with, and which field of the body it ends with.
_IDS = {
    REPORTED: ("report", "id"),
    MODERATED: ("action", "id"),
    PRESENCE: ("presence", "key"),
    PRESSED: ("press", "id"),
    JOIN_REQUESTED: ("request", "key"),
}


def webhook_id(delivery: Delivery) -> str:
    """The same each time that it is sent: the id in the log, with the event if that is not about a message,
    and for a notice whom it is for."""
    if delivery.event in _IDS:
        name, field = _IDS[delivery.event]
        return f"{name}-{json.loads(delivery.body)[field]}"
    if delivery.event == NOTICE:
        return f"{delivery.log_id}-{quote(delivery.key, safe='').replace('.', '%2E')}"
    return str(delivery.log_id) if delivery.event in MESSAGES else f"{delivery.log_id}-{delivery.event}"


def signature(secret: str, id_: str, timestamp: int, body: bytes) -> str:
    """As Standard Webhooks wants it: one by each secret."""
    signed = f"{id_}.{timestamp}.".encode() + body
    digests = (hmac.digest(secret_key(one), signed, "sha256") for one in secret.split())
    return " ".join(f"v1,{base64.b64encode(digest).decode()}" for digest in digests)


def iso(second: float) -> str:
    """The second since 1970, as webhooks have it."""
    return datetime.fromtimestamp(second, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


register(Webhook())
