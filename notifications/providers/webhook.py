"""Standard Webhooks, and what all endpoints have in common: operators make them, and they get events in order
and notices of everybody."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import quote

from django.utils.functional import Promise

from chat.models import Message
from chat.naming import read_names
from chat.protocol.details import MENTIONS, decoded
from chat.protocol.kinds import shown_in
from chat.protocol.rows import Amendment, Entry, LogId, conversation_name
from chat.reading.amendments import edited, latest_of, recalls_of
from chat.stored_rows import ROW_FIELDS, as_row
from notifications.client import Request
from notifications.models import Delivery, Endpoint
from notifications.models.endpoints import EDITED, NOTICE, REPORTED, STANDARD, secret_key
from notifications.providers import Provider, Target, provider_named, register

Told = dict[str, Any]
Rows = Mapping[LogId, Entry | Amendment]


class EndpointProvider(Provider):
    """`name`: the kind of the endpoints. `title`: what the admin calls it."""

    column = "endpoint_id"
    is_in_lanes = False
    title: ClassVar[Promise | str]

    def is_used(self) -> bool:
        return any(True for _ in self._told_of_notices())

    def targets(self, userids: Collection[str]) -> Iterator[Target]:
        for endpoint in self._told_of_notices():
            for userid in userids:
                yield Target(endpoint.pk, userid)

    def requests_to(self, endpoint: Endpoint, deliveries: Sequence[Delivery]) -> dict[int, Request | None]:
        """As `requests`, for deliveries that all go to this endpoint."""
        told = told_for(deliveries, with_text=endpoint.with_text)
        return {
            one.pk: None if (said := told[one.pk]) is None else self.request(endpoint, one, said)
            for one in deliveries
        }

    def request(self, endpoint: Endpoint, delivery: Delivery, told: Told) -> Request | None:
        raise NotImplementedError

    def check(self, events: Collection[str]) -> None:
        """Raises ValidationError if such an endpoint cannot be told of all these."""

    def _told_of_notices(self) -> Iterator[Endpoint]:
        for endpoint in Endpoint.objects.filter(kind=self.name, is_active=True):
            if endpoint.wants(NOTICE):
                yield endpoint


def endpoint_provider(endpoint: Endpoint) -> EndpointProvider:
    """Raises LookupError if only a later version knows such endpoints."""
    provider = provider_named(endpoint.kind)
    if not isinstance(provider, EndpointProvider):
        raise LookupError(f"no endpoints are {endpoint.kind}")
    return provider


class Webhook(EndpointProvider):
    name = STANDARD
    title = "Standard Webhooks"

    def request(self, endpoint: Endpoint, delivery: Delivery, told: Told) -> Request:
        event = {"type": delivery.event, "timestamp": _iso(delivery.made_at), "data": told}
        body = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
        id_, timestamp = webhook_id(delivery), int(time.time())
        headers = [
            ("Content-Type", "application/json"),
            ("User-Agent", "im66"),
            ("webhook-id", id_),
            ("webhook-timestamp", str(timestamp)),
            ("webhook-signature", signature(endpoint.secret, id_, timestamp, body)),
        ]
        return Request("POST", endpoint.url, headers, body)


def webhook_id(delivery: Delivery) -> str:
    """The same each time that it is sent: the id in the log, and for a notice whom it is for."""
    if delivery.event == REPORTED:
        return f"report-{json.loads(delivery.body)['id']}"
    if delivery.event != NOTICE:
        return str(delivery.log_id)
    return f"{delivery.log_id}-{quote(delivery.key, safe='').replace('.', '%2E')}"


def signature(secret: str, id_: str, timestamp: int, body: bytes) -> str:
    """As Standard Webhooks wants it."""
    signed = f"{id_}.{timestamp}.".encode() + body
    digest = hmac.new(secret_key(secret), signed, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def _iso(second: float) -> str:
    return datetime.fromtimestamp(second, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def told_for(deliveries: Sequence[Delivery], *, with_text: bool) -> dict[int, Told | None]:
    """For each delivery to an endpoint, by its id, what is told; None if there is nothing to tell any more,
    because what it is about was recalled. `with_text`: also what messages say."""
    rows = _rows({id_ for one in deliveries for id_ in _about(one)})
    titles = _titles(deliveries)
    return {one.pk: _told(one, rows, titles, with_text=with_text) for one in deliveries}


def _told(delivery: Delivery, rows: Rows, titles: Mapping[str, str], *, with_text: bool) -> Told | None:
    if delivery.event == NOTICE:
        return _notice(delivery, rows, titles, with_text=with_text)
    if delivery.event == REPORTED:
        told: Told = json.loads(delivery.body)
        return told
    row = rows.get(delivery.log_id)
    if row is None:
        return None
    told = _row(row, with_text=with_text)
    if isinstance(row, Amendment) and delivery.event == EDITED and row.target not in rows:
        return None
    return told


def _notice(delivery: Delivery, rows: Rows, titles: Mapping[str, str], *, with_text: bool) -> Told | None:
    conversations = []
    for one in json.loads(delivery.body):
        row = rows.get(one["last"])
        if row is not None:
            name = one["conversation"]
            last = _row(row, with_text=with_text)
            conversations.append({**one, "title": titles.get(name, name[2:]), "last": last})
    return {"user": delivery.key, "conversations": conversations} if conversations else None


def _row(row: Entry | Amendment, *, with_text: bool) -> Told:
    told: Told = {"id": row.id, "from": row.sender, "to": conversation_name(row.to)}
    if isinstance(row, Amendment):
        told["message"] = row.target
        if with_text and row.content:
            told["content"] = row.content
        return told | _mentions(row)
    told |= {"kind": row.kind, "sent": row.time, **_mentions(row)}
    if row.reply is not None:
        told["reply"] = row.reply
    if with_text:
        told |= {"content": row.content, "extension": row.extension}
        return shown_in(told)
    return told


def _mentions(row: Entry | Amendment) -> Told:
    mentions = decoded(row.details).get(MENTIONS)
    return {MENTIONS: mentions} if mentions else {}


def _about(delivery: Delivery) -> list[LogId]:
    if delivery.event == REPORTED:
        return []
    if delivery.event != NOTICE:
        return [delivery.log_id]
    return [one["last"] for one in json.loads(delivery.body)]


def _rows(ids: set[LogId]) -> dict[LogId, Entry | Amendment]:
    """The rows as they are now, without messages that are recalled; and the messages that edits among them
    are about."""
    rows = _read(ids)
    targets = {row.target for row in rows.values() if isinstance(row, Amendment)}
    rows |= _read(targets.difference(rows))
    recalled = recalls_of(rows.keys())
    latest = latest_of([id_ for id_ in rows if id_ not in recalled])
    found: dict[LogId, Entry | Amendment] = {}
    for id_, row in rows.items():
        if id_ in recalled:
            continue
        found[id_] = edited(row, latest.get(id_)) if isinstance(row, Entry) else row
    return found


def _read(ids: set[LogId]) -> dict[LogId, Entry | Amendment]:
    rows = (as_row(*fields) for fields in Message.objects.filter(pk__in=ids).values_list(*ROW_FIELDS))
    return {row.id: row for row in rows if isinstance(row, Entry | Amendment)}


def _titles(deliveries: Sequence[Delivery]) -> dict[str, str]:
    """What the conversations of notices are called."""
    notices = [delivery for delivery in deliveries if delivery.event == NOTICE]
    names = {one["conversation"] for delivery in notices for one in json.loads(delivery.body)}
    people = [name[2:] for name in names if name.startswith("u:")]
    groups = [int(name[2:]) for name in names if name.startswith("g:")]
    named = read_names([*people, *groups])
    return {conversation_name(peer): found.name for peer, found in named.items() if found}


register(Webhook())
