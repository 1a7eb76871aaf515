"""The queue of deliveries to endpoints: finds due deliveries in their order, and stores their outcomes."""

import random
import time
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q, QuerySet

from notifications.exchange import OutgoingRequest
from notifications.models import Delivery, Endpoint
from notifications.models.endpoints import ARRIVED, DEAD_LETTERS, STATES, expiry
from notifications.providers.webhook import endpoint_provider

# Keys that are read for each free lane and, if too few of these are due, in all.
MAX_KEYS_PER_LANE, MAX_KEYS = 4, 1000
# Deliveries that are sent before the queue is read again.
MAX_SENT_PER_TURN = 100
LONGEST_PAUSE_SECONDS = 30 * 60.0
# How many arrived and dead deliveries are kept per endpoint, and how many deliveries are removed at once.
MAX_ARRIVED, MAX_DEAD, MAX_REMOVED_AT_ONCE = 10_000, 100_000, 500

# Deliveries with the same key and their requests. The request of an obsolete delivery is None.
Lane = list[tuple[Delivery, OutgoingRequest | None]]


class DeliveryFailure(NamedTuple):
    """`retry_after`: the endpoint requests no attempt for this many seconds."""

    delivery: Delivery
    problem: str
    retry_after: int = 0


class DeliveryOutcome(NamedTuple):
    """The outcome of a lane. `arrived`, `void`: ids of deliveries that arrived, and of obsolete ones.
    `failed`: the delivery at which the lane stopped."""

    arrived: Sequence[int]
    failed: DeliveryFailure | None = None
    void: Sequence[int] = ()


class DueLanes(NamedTuple):
    """`after`: the key after which the next call continues."""

    lanes: Sequence[Lane]
    after: str = ""


def take_due(endpoint: Endpoint, limit: int, busy: Collection[str] = (), after: str = "") -> DueLanes:
    """Return due deliveries with at most `limit` different keys, without the keys in `busy`. Keys take turns
    in alphabetical order, beginning after `after`. Deliveries with the same key are in order from the first
    that has not arrived; while that one waits for a retry, all of them wait.
    """
    keys, last = _due_keys(endpoint, limit, busy, after)
    if not keys and after:
        keys, last = _due_keys(endpoint, limit, busy, "")
    if not keys:
        return DueLanes([], last)
    deliveries = list(Delivery.objects.filter(pk__in=_first_ids_of_each(endpoint, keys)).order_by("id"))
    requests = endpoint_provider(endpoint).requests_to(endpoint, deliveries)
    by_key: dict[str, Lane] = {}
    for delivery in deliveries:
        by_key.setdefault(delivery.key, []).append((delivery, requests[delivery.pk]))
    return DueLanes(list(by_key.values()), last)


def store(outcomes: Iterable[DeliveryOutcome]) -> None:
    """Store the outcomes: mark arrived deliveries, remove obsolete ones, and defer or give up failed ones."""
    outcomes = list(outcomes)
    arrived = [id_ for outcome in outcomes for id_ in outcome.arrived]
    void = [id_ for outcome in outcomes for id_ in outcome.void]
    with transaction.atomic():
        Delivery.objects.filter(pk__in=arrived).update(is_dead=True, arrived_at=time.time(), problem="")
        if void:
            Delivery.objects.filter(pk__in=void).delete()
        for outcome in outcomes:
            if outcome.failed:
                _retry_later(outcome.failed)


def replay(deliveries: QuerySet[Delivery]) -> int:
    """Queue the deliveries again that are dead or arrived, or that wait for a retry. They are due at once,
    and expire like new ones. Return their number."""
    now = time.time()
    return deliveries.filter(Q(is_dead=True) | Q(attempts__gt=0)).update(
        is_dead=False, arrived_at=None, attempts=0, due_at=now, expires_at=expiry(now), problem=""
    )


def remove_old(now: float) -> int:
    """Remove a portion of the arrived and dead deliveries that are too old or too many. Return their
    number."""
    oldest = now - settings.IM66.webhook_keep_days * 24 * 3600
    long_ago = Q(arrived_at__lt=oldest) | Q(arrived_at=None, expires_at__lt=oldest)
    old = list(
        Delivery.objects.filter(long_ago, is_dead=True).values_list("pk", flat=True)[:MAX_REMOVED_AT_ONCE]
    )
    # Without an endpoint: pushes to devices.
    for endpoint in (None, *Endpoint.objects.values_list("pk", flat=True)):
        for state, limit in ((STATES[ARRIVED], MAX_ARRIVED), (DEAD_LETTERS, MAX_DEAD)):
            ended = Delivery.objects.filter(state, endpoint=endpoint).order_by("-id")
            old += ended.values_list("pk", flat=True)[limit : limit + MAX_REMOVED_AT_ONCE]
    return Delivery.objects.filter(pk__in=old[:MAX_REMOVED_AT_ONCE], is_dead=True).delete()[0]


def retry_delay(attempts: int) -> float:
    """Return the seconds to wait after this many attempts: twice as long each time, with a random part, so
    that not all deliveries are retried at once."""
    doubled: float = settings.IM66.webhook_retry_seconds * 2.0 ** min(attempts - 1, 30)
    return min(LONGEST_PAUSE_SECONDS, doubled) * random.uniform(0.75, 1.25)


def _retry_later(failed: DeliveryFailure) -> None:
    delivery, now = failed.delivery, time.time()
    problem = failed.problem[:200]
    stored = Delivery.objects.filter(pk=delivery.pk)
    if now > delivery.expires_at:
        stored.update(attempts=delivery.attempts + 1, is_dead=True, problem=problem)
        return
    due_at = now + max(retry_delay(delivery.attempts + 1), failed.retry_after)
    stored.update(attempts=delivery.attempts + 1, problem=problem, due_at=due_at)


def _due_keys(endpoint: Endpoint, limit: int, busy: Collection[str], after: str) -> tuple[list[str], str]:
    """Return keys whose first delivery is due, and the key after which to continue; empty at the end."""
    for max_keys in (limit * MAX_KEYS_PER_LANE, MAX_KEYS):
        with connection.cursor() as cursor:
            cursor.execute(_WALK, [after, endpoint.pk, max_keys, endpoint.pk])
            walked = cursor.fetchall()
        now = time.time()
        keys = [key for key, due_at in walked if due_at <= now and key not in busy][:limit]
        if len(keys) == limit:
            return keys, keys[-1]
        if len(walked) < max_keys:
            return keys, ""
    return keys, walked[-1][0]


def _first_ids_of_each(endpoint: Endpoint, keys: Collection[str]) -> list[int]:
    """Return the ids of the first deliveries with each key, equally many of each."""
    of_key = (
        f"SELECT * FROM ({_FIRST} ORDER BY first.id LIMIT {max(1, MAX_SENT_PER_TURN // len(keys))}) AS few"
    )
    values = [value for key in keys for value in (endpoint.pk, key)]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join([of_key.format("id", "%s")] * len(keys)), values)
        return [id_ for (id_,) in cursor.fetchall()]


# In SQL, because Django cannot step from one key to the next in an index.
_TABLE = Delivery._meta.db_table
_FIRST = (
    f"SELECT first.{{}} FROM {_TABLE} AS first "
    "WHERE first.endpoint_id = %s AND NOT first.is_dead AND first.key = {}"
)
_WALK = f"""
    WITH RECURSIVE keys (key, number) AS (
        SELECT CAST(%s AS varchar), 0
        UNION ALL
        SELECT (SELECT next.key FROM {_TABLE} AS next
            WHERE next.endpoint_id = %s AND NOT next.is_dead AND next.key > keys.key
            ORDER BY next.key LIMIT 1), keys.number + 1
        FROM keys WHERE keys.key IS NOT NULL AND keys.number < %s
    )
    SELECT keys.key, ({_FIRST.format("due_at", "keys.key")} ORDER BY first.id LIMIT 1) AS due_at
    FROM keys WHERE keys.key IS NOT NULL AND keys.number > 0
"""
