"""A log reader that stores a delivery of each event for each endpoint that wants it, and notes which
conversations have new messages. Sending a message does not wait for it."""

import time
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from functools import partial
from typing import NamedTuple

from django.conf import settings
from django.db import connection
from django.db.models import Min, Q, QuerySet

from chat.readers.reader import Reader, Write
from chat.services.pruning import PruningLimit
from log.details import is_silent
from log.models import Membership
from log.rows import (
    RECALL,
    Amendment,
    Entry,
    LogId,
    MembershipNotice,
    Recipient,
    Row,
    conversation_name,
)
from notifications.events import EVENTS, FOUNDED, NOT_IN_LOG, NOTICE, RECALLED, events_of, scope_of
from notifications.models import Delivery, Endpoint, Pending, Person, Waiting
from notifications.providers import all_providers

NAME = "notices"
# Older rows cause no notices: there may be many, if the log was not read for long.
OLDEST_SECONDS = 24 * 3600
# Times in the log are whole seconds, and acknowledgements of devices reach the database with a delay.
SLACK_SECONDS = 3.0
# Devices of offline people are pushed after this time. Messages sent in the meantime are in the same push.
PROMPT_SECONDS = 0.5


class DueMessages(NamedTuple):
    """New messages to one recipient. `due`: when to check who has not received the first one. `prompt`: when
    to check who of these is offline; None: never."""

    first: LogId
    last: LogId
    due: float
    prompt: float | None = None


class Notices(Reader):
    name = NAME

    def prepare(self, rows: Sequence[Row]) -> Write:
        oldest = time.time() - OLDEST_SECONDS
        endpoints = list(Endpoint.objects.filter(is_active=True))
        recent = [row for row in rows if row.time > oldest]
        deliveries = list(deliveries_of(recent, endpoints))
        used = [provider for provider in all_providers() if provider.is_used()]
        pushes_promptly = any(provider.is_by_conversation for provider in used)
        prompt = time.time() + PROMPT_SECONDS if pushes_promptly else None
        spans = _due_messages(recent, prompt) if used else {}
        if prompt:
            deliveries += _removals(recent)
        return partial(_store, deliveries, spans)


def due_after(second: int) -> float:
    """Return when to notify people who have not received a message of this second. After the clock was set
    back, messages may be dated in the future; then the present time counts."""
    return min(second, time.time()) + settings.IM66.push_after_seconds + SLACK_SECONDS


def deliveries_of(rows: Sequence[Row], endpoints: Sequence[Endpoint]) -> Iterator[Delivery]:
    """Yield an unsaved delivery for each event of the rows and each endpoint that wants it, in order."""
    if not endpoints:
        return
    now = time.time()
    wanting = {event: [endpoint for endpoint in endpoints if endpoint.wants(event)] for event in EVENTS}
    founded = _new_groups(rows) if wanting[FOUNDED] else set()
    for row in rows:
        scope = scope_of(row)
        for event in (*((FOUNDED,) if row.id in founded else ()), *events_of(row)):
            for endpoint in wanting[event]:
                if endpoint.is_about(scope):
                    yield Delivery.due_now(now, endpoint=endpoint, event=event, key=scope.key, log_id=row.id)


def _new_groups(rows: Sequence[Row]) -> set[LogId]:
    """Return the rows that create groups: only in these did people become members before the row's own id."""
    first = {row.id: row for row in rows if isinstance(row, MembershipNotice) and row.joined}
    began = Q(pk__in=())
    for row in first.values():
        began |= Q(group=row.group, user=row.joined[0], since_id__lt=row.id) & (
            Q(until_id=None) | Q(until_id__gt=row.id)
        )
    memberships = Membership.objects.filter(began) if first else ()
    founders = {(membership.group_id, membership.user_id) for membership in memberships}
    return {id_ for id_, row in first.items() if (row.group, row.joined[0]) in founders}


def _due_messages(rows: Sequence[Row], prompt: float | None) -> dict[Recipient, DueMessages]:
    spans: dict[Recipient, DueMessages] = {}
    for row in rows:
        if isinstance(row, Entry) and row.to != row.sender and not is_silent(row.details):
            first = spans.get(row.to) or DueMessages(row.id, row.id, due_after(row.time), prompt)
            spans[row.to] = first._replace(last=row.id)
    return spans


def _store(deliveries: list[Delivery], spans: Mapping[Recipient, DueMessages]) -> None:
    # Copies, because bulk_create sets their ids even if the transaction is rolled back and repeated.
    Delivery.objects.bulk_create(map(copy, deliveries))
    # Always in the same order, so that two processes cannot deadlock.
    people = sorted((peer, *span) for peer, span in spans.items() if isinstance(peer, str))
    groups = sorted((peer, *span) for peer, span in spans.items() if isinstance(peer, int))
    with connection.cursor() as cursor:
        for column, spans_of in (("user_id", people), ("group_id", groups)):
            if spans_of:
                cursor.executemany(_NOTE.format(column=column), spans_of)


# Not DO NOTHING: the statement must wait for the process that checks the row, and insert it if that removes
# it. If the clock was set back between two messages, the later one is due earlier.
_WAITING = Waiting._meta.db_table
_NOTE = (
    f"INSERT INTO {_WAITING} ({{column}}, first_id, last_id, due_at, prompt_at) VALUES (%s, %s, %s, %s, %s) "
    "ON CONFLICT ({column}) DO UPDATE SET last_id = excluded.last_id, due_at = CASE "
    f"WHEN excluded.due_at < {_WAITING}.due_at THEN excluded.due_at ELSE {_WAITING}.due_at END, "
    f"prompt_at = CASE WHEN {_WAITING}.prompt_at IS NULL OR excluded.prompt_at < {_WAITING}.prompt_at "
    f"THEN excluded.prompt_at ELSE {_WAITING}.prompt_at END"
)


def _removals(rows: Sequence[Row]) -> Iterator[Delivery]:
    """Yield deliveries that remove the notifications of recalled messages from devices."""
    for row in rows:
        if isinstance(row, Amendment) and row.kind == RECALL and row.is_on:
            yield from _removals_of(row)


def _removals_of(recall: Amendment) -> Iterator[Delivery]:
    notified = Person.objects.filter(told_id__gte=recall.target)
    if isinstance(recall.to, int):
        notified = notified.filter(
            user__in=Membership.objects.current().filter(group=recall.to).values("user")
        )
    else:
        notified = notified.filter(user=recall.to)
    userids = list(notified.exclude(user=recall.sender).values_list("user", flat=True))
    now = time.time()
    for provider in all_providers():
        for target in provider.targets(userids) if provider.is_by_conversation else ():
            peer = recall.to if isinstance(recall.to, int) else recall.sender
            body = f"{conversation_name(peer)} {recall.target}"
            fields = {"lane": target.lane, "body": body, **provider.delivery_fields(target.id)}
            yield Delivery.due_now(now, event=RECALLED, key=target.userid, log_id=recall.id, **fields)


# Older due rows do not keep the log from being pruned: this installation evidently sends no notices.
STALE_SECONDS = 3 * 24 * 3600


def limits(now: float) -> list[PruningLimit]:
    """Return the limits of pruning: rows that are still needed for notices of people and for deliveries to
    endpoints."""
    due = {"due_at__gt": now - STALE_SECONDS}
    alive = Delivery.objects.filter(
        endpoint__is_active=True, is_dead=False, expires_at__gt=now - STALE_SECONDS
    ).exclude(event__in=set(NOT_IN_LOG) - {NOTICE})  # these are about no row
    return [
        *_pruning_limits("people who are to be notified", Waiting.objects.filter(**due), "first_id"),
        *_pruning_limits("people who are to be notified later", Pending.objects.filter(**due), "since_id", 0),
        *_pruning_limits("an endpoint that was not reached yet", alive, "log_id"),
    ]


def _pruning_limits(
    who: str, rows: QuerySet[Waiting | Pending | Delivery], field: str, by: int = 1
) -> list[PruningLimit]:
    first = rows.aggregate(first=Min(field))["first"]
    return [] if first is None else [PruningLimit(first - by, who)]
