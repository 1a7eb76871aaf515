"""Deliveries to endpoints: which are due, in which order, and what becomes of them."""

import random
import time
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from notifications.models import Delivery, Endpoint
from notifications.models.endpoints import expiry
from notifications.sending.client import Request
from notifications.sending.forms import requests_for

# So many are looked at to find what is due, and so many are sent before the next look.
LOOKED_AT, SENT = 200, 100
LONGEST_PAUSE_SECONDS = 30 * 60.0

# Those with the same key, each with its request; None if there is nothing to tell any more.
Lane = list[tuple[Delivery, Request | None]]


class Failure(NamedTuple):
    """`retry_after`: the endpoint wants to be left alone for so many seconds."""

    delivery: Delivery
    problem: str
    retry_after: int = 0


class Outcome(NamedTuple):
    arrived: Sequence[int]
    failed: Failure | None = None


def take(endpoint: Endpoint, lanes: int, busy: Collection[str] = ()) -> list[Lane]:
    """What is due now, at most with so many different keys, and none of `busy`. Those with one key are in
    their order, from the first that has not arrived."""
    now = time.time()
    alive = _alive(endpoint).exclude(key__in=busy)
    due = alive.filter(due_at__lte=now).order_by("due_at").values_list("key", flat=True)
    keys = list(dict.fromkeys(due[:LOOKED_AT]))
    # What came while the one before it waits for another attempt.
    behind = set(alive.filter(key__in=keys, due_at__gt=now).values_list("key", flat=True))
    chosen = [key for key in keys if key not in behind][:lanes]
    if not chosen:
        _put_behind(alive, behind, now)
        return []
    found = list(alive.filter(key__in=chosen).order_by("id")[:SENT])
    requests = requests_for(endpoint, found)
    by_key: dict[str, Lane] = {}
    for one in found:
        by_key.setdefault(one.key, []).append((one, requests[one.pk]))
    return list(by_key.values())


def store(endpoint: Endpoint, outcomes: Iterable[Outcome]) -> None:
    """Remove what has arrived; let the rest wait for another attempt, or give it up."""
    outcomes = list(outcomes)
    arrived = [id_ for outcome in outcomes for id_ in outcome.arrived]
    with transaction.atomic():
        Delivery.objects.filter(pk__in=arrived).delete()
        for outcome in outcomes:
            if outcome.failed:
                _put_off(endpoint, outcome.failed)


def replay(deliveries: QuerySet[Delivery]) -> int:
    """Try dead ones again, from now on for as long as new ones. Returns how many there are."""
    now = time.time()
    return deliveries.filter(is_dead=True).update(
        is_dead=False, attempts=0, due_at=now, expires_at=expiry(now), problem=""
    )


def pause(attempts: int) -> float:
    """So many seconds to wait after that many attempts: longer each time, and never quite the same, so that
    not all come back at once."""
    doubled: float = settings.IM66.webhook_retry_seconds * 2.0 ** min(attempts - 1, 30)
    return min(LONGEST_PAUSE_SECONDS, doubled) * random.uniform(0.75, 1.25)


def _put_off(endpoint: Endpoint, failed: Failure) -> None:
    one, now = failed.delivery, time.time()
    problem = failed.problem[:200]
    stored = Delivery.objects.filter(pk=one.pk)
    if now > one.expires_at:
        stored.update(attempts=one.attempts + 1, is_dead=True, problem=problem)
        return
    due_at = now + max(pause(one.attempts + 1), failed.retry_after)
    stored.update(attempts=one.attempts + 1, problem=problem)
    _alive(endpoint).filter(key=one.key).update(due_at=due_at)


def _put_behind(alive: QuerySet[Delivery], keys: Collection[str], now: float) -> None:
    """So that they are not looked at again and again."""
    for key in keys:
        of_key = alive.filter(key=key)
        latest = of_key.order_by("-due_at").values_list("due_at", flat=True).first()
        if latest is not None:
            of_key.filter(due_at__lte=now).update(due_at=latest)


def _alive(endpoint: Endpoint) -> QuerySet[Delivery]:
    return Delivery.objects.filter(endpoint=endpoint, is_dead=False)
