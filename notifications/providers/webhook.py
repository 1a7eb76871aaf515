"""Standard Webhooks, and the common part of providers for endpoints. Operators create endpoints, which get
events in order and notices for all people."""

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
    """`name`: the kind of the endpoints. `title`: its title in the admin."""

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
        """Return the requests as `requests` does, for deliveries to this endpoint."""
        payloads = payloads_of(deliveries, with_text=endpoint.with_text)
        return {
            delivery.pk: None
            if (payload := payloads[delivery.pk]) is None
            else self.request(endpoint, delivery, payload)
            for delivery in deliveries
        }

    def request(self, endpoint: Endpoint, delivery: Delivery, payload: Payload) -> OutgoingRequest | None:
        raise NotImplementedError

    def check_events(self, events: Collection[str]) -> None:
        """Check that endpoints of this kind support all these events. Raises ValidationError."""

    def deliveries_to(self, ids: Collection[int]) -> Q:
        return Q(endpoint__in=ids)

    def delivery_fields(self, target_id: int) -> dict[str, Any]:
        return {"target_kind": self.name, "endpoint_id": target_id}

    def _notice_endpoints(self) -> Iterator[Endpoint]:
        for endpoint in Endpoint.objects.filter(kind=self.name, is_active=True):
            if endpoint.wants(NOTICE):
                yield endpoint


def endpoint_provider(endpoint: Endpoint) -> EndpointProvider:
    """Return the provider of the endpoint's kind. Raises LookupError if there is none."""
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
    """Return the webhook event that `payloads.schemas` describes."""
    return {"type": type_, "version": VERSION, "timestamp": iso(second), "data": data}


def envelope(type_: str, second: float, data: Any) -> str:
    """Return `event_of` as compact JSON."""
    return compact_text(event_of(type_, second, data))


def signed(url: str, secret: str, id_: str, body: bytes) -> OutgoingRequest:
    """Return a request signed as by Standard Webhooks."""
    timestamp = int(time.time())
    headers = [
        ("Content-Type", "application/json"),
        ("User-Agent", "im66"),
        ("webhook-id", id_),
        ("webhook-timestamp", str(timestamp)),
        ("webhook-signature", signature(secret, id_, timestamp, body)),
    ]
    return OutgoingRequest("POST", url, headers, body)


# The webhook ids of events without a row in the log: the prefix, and the field of the body that follows.
_IDS = {
    REPORTED: ("report", "id"),
    MODERATED: ("action", "id"),
    PRESENCE: ("presence", "key"),
    PRESSED: ("press", "id"),
    JOIN_REQUESTED: ("request", "key"),
}


def webhook_id(delivery: Delivery) -> str:
    """Return the webhook id, which is the same for each attempt: the id in the log, with the userid for a
    notice, and with the event unless it is about a message."""
    if delivery.event in _IDS:
        name, field = _IDS[delivery.event]
        return f"{name}-{json.loads(delivery.body)[field]}"
    if delivery.event == NOTICE:
        return f"{delivery.log_id}-{quote(delivery.key, safe='').replace('.', '%2E')}"
    return str(delivery.log_id) if delivery.event in MESSAGES else f"{delivery.log_id}-{delivery.event}"


def signature(secret: str, id_: str, timestamp: int, body: bytes) -> str:
    """Return the webhook-signature header of Standard Webhooks, with one signature per secret."""
    content = f"{id_}.{timestamp}.".encode() + body
    digests = (hmac.digest(secret_key(part), content, "sha256") for part in secret.split())
    return " ".join(f"v1,{base64.b64encode(digest).decode()}" for digest in digests)


def iso(second: float) -> str:
    """Format the time as ISO 8601 in UTC, with milliseconds."""
    return datetime.fromtimestamp(second, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


register(Webhook())
