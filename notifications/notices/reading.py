"""Notes what is to be told outside: each event for the endpoints that want it, and where somebody has
written. A reader of the log, so messages do not wait for it. Reports, which are not in the log, are noted
when they are opened."""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from functools import partial
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection
from django.dispatch import receiver

from chat.protocol.rows import EDIT, RECALL, Amendment, Entry, LogId, Recipient, Row, conversation_name
from chat.readers.reader import Reader, Write
from chat.signals import report_opened
from notifications.models import Delivery, Endpoint, Waiting
from notifications.models.endpoints import CREATED, EDITED, RECALLED, REPORTED
from notifications.providers import all_providers

NAME = "notices"
# Nobody is told of older rows: there may be many, if the log was not followed for long.
OLDEST_SECONDS = 24 * 3600
# Times in the log are whole seconds, and what a device has acknowledged reaches the database a moment later.
SLACK_SECONDS = 3.0


class Span(NamedTuple):
    """Messages to one recipient. `due`: when to look who has not got the first."""

    first: LogId
    last: LogId
    due: float


class Notices(Reader):
    name = NAME

    def prepare(self, rows: Sequence[Row]) -> Write:
        oldest = time.time() - OLDEST_SECONDS
        endpoints = list(Endpoint.objects.filter(is_active=True))
        recent = [row for row in rows if isinstance(row, Entry | Amendment) and row.time > oldest]
        deliveries = list(_deliveries(recent, endpoints))
        is_wanted = any(provider.is_used() for provider in all_providers())
        spans = _spans(recent) if is_wanted else {}
        return partial(_store, deliveries, spans)


def due_after(second: int) -> float:
    """When whoever has not got a message of this second is to be told."""
    return second + settings.IM66.push_after_seconds + SLACK_SECONDS


def _deliveries(rows: Sequence[Entry | Amendment], endpoints: Sequence[Endpoint]) -> Iterator[Delivery]:
    now = time.time()
    for row in rows:
        event = _event(row)
        for endpoint in endpoints:
            if event and endpoint.wants(event, row.to):
                key = _key(row)
                yield Delivery.due_now(
                    now,
                    endpoint=endpoint,
                    event=event,
                    key=key,
                    log_id=row.id,
                )


def _event(row: Entry | Amendment) -> str | None:
    if isinstance(row, Entry):
        return CREATED
    if row.kind == EDIT:
        return EDITED
    return RECALLED if row.kind == RECALL and row.is_on else None


def _key(row: Entry | Amendment) -> str:
    """The conversation, the same for both people in it."""
    if isinstance(row.to, int):
        return conversation_name(row.to)
    return "/".join(sorted((row.sender, row.to)))


def _spans(rows: Sequence[Entry | Amendment]) -> dict[Recipient, Span]:
    spans: dict[Recipient, Span] = {}
    for row in rows:
        if isinstance(row, Entry) and row.to != row.sender:
            first = spans.get(row.to) or Span(row.id, row.id, due_after(row.time))
            spans[row.to] = first._replace(last=row.id)
    return spans


def _store(deliveries: list[Delivery], spans: Mapping[Recipient, Span]) -> None:
    # Those that are given get ids, also if the transaction is rolled back.
    Delivery.objects.bulk_create(map(copy, deliveries))
    # In one order everywhere, so that two processes cannot wait for each other.
    people = sorted((peer, *span) for peer, span in spans.items() if isinstance(peer, str))
    groups = sorted((peer, *span) for peer, span in spans.items() if isinstance(peer, int))
    with connection.cursor() as cursor:
        for column, found in (("user_id", people), ("group_id", groups)):
            if found:
                cursor.executemany(_NOTE.format(column=column), found)


@receiver(report_opened)
def note_report(report: dict[str, Any], **_: Any) -> None:
    """In the transaction that opens the report."""
    endpoints = [one for one in Endpoint.objects.filter(is_active=True) if one.wants(REPORTED)]
    now = time.time()
    Delivery.objects.bulk_create(
        Delivery.due_now(
            now,
            endpoint=endpoint,
            event=REPORTED,
            key=f"r:{report['id']}",
            log_id=0,
            body=json.dumps(report, ensure_ascii=False),
        )
        for endpoint in endpoints
    )


# Not DO NOTHING: it must wait for whoever is looking at the row, and take its place if they remove it.
_NOTE = (
    f"INSERT INTO {Waiting._meta.db_table} ({{column}}, first_id, last_id, due_at) VALUES (%s, %s, %s, %s) "
    "ON CONFLICT ({column}) DO UPDATE SET last_id = excluded.last_id"
)
