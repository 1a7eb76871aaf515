"""Pushes to browsers: which are due in which lane, and what becomes of them.

Nothing here walks through the rows of a lane that is not asked for: there may be very many for a host that is
down.
"""

import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import reduce
from operator import or_
from typing import NamedTuple
from urllib.parse import urlsplit

from django.db import connection, transaction
from django.db.models import Count, F, Q, QuerySet

from notifications.models import Delivery, PushSubscription
from notifications.sending.addresses import Refused, place_of
from notifications.sending.client import Answer, Request
from notifications.sending.lanes import MAX_HEALTHY
from notifications.sending.queue import pause
from notifications.sending.vapid import authorization

# A browser that is off is woken when it is on again, within this time.
KEPT_SECONDS = 24 * 3600
# So many lanes are looked at together.
MAX_WALK_LANES = 256
# A browser that could not be reached for so many notices is forgotten, and each notice is tried so often.
MAX_FAILURES, MAX_ATTEMPTS = 10, 5
# So many rows that are too old are given up together.
MAX_EXPIRED_ROWS = 500
_GONE = {404, 410}


class Due(NamedTuple):
    """A push that is to be sent to a browser."""

    delivery: Delivery
    browser: PushSubscription
    request: Request


class Outcome(NamedTuple):
    """`answer`: None if there was none. `is_alone`: the host is healthy, so only this person waits."""

    due: Due
    answer: Answer | None
    is_alone: bool


def served() -> list[tuple[str, int]]:
    """The hosts that have answered, each with the number of people for whom: those with most of them."""
    known = (
        PushSubscription.objects.filter(has_answered=True, failures=0).exclude(host="").values_list("host")
    )
    return list(known.annotate(people=Count("user", distinct=True)).order_by("-people")[:MAX_HEALTHY])


def take(rooms: Mapping[str, int], *, most: int, busy: Collection[int], people: Collection[str]) -> list[Due]:
    """What is due in these lanes, in their order, of each as much as it has room for and longest due first,
    and at most so much in all. Not the deliveries `busy`, and nothing for these people."""
    now = time.time()
    found: list[Due] = []
    for lane in _with_due(list(rooms), now):
        if len(found) >= most:
            break
        due = _pushes().filter(lane=lane, due_at__lte=now).exclude(pk__in=busy).exclude(key__in=people)
        found += _all(due.order_by("due_at")[: rooms[lane]])
    return found[:most]


def walk(after: str) -> list[str]:
    """The lanes that follow in the order of their names, at most MAX_WALK_LANES."""
    _adopt()
    with connection.cursor() as cursor:
        cursor.execute(_WALK, [after, MAX_WALK_LANES])
        return [lane for (lane,) in cursor.fetchall()]


def heads(lanes: Sequence[str], *, busy: Collection[int], people: Collection[str]) -> list[tuple[int, str]]:
    """Of each of these lanes what is longest due, if anything: the id and the person. Not the deliveries
    `busy`, and nothing for these people."""
    if not lanes:
        return []
    statement = _HEADS.format(lanes=_values(lanes), busy=_in("id", busy), people=_in("key", people))
    with connection.cursor() as cursor:
        cursor.execute(statement, [time.time(), *busy, *people, *lanes])
        ids = [id_ for (id_,) in cursor.fetchall() if id_ is not None]
    return list(Delivery.objects.filter(pk__in=ids).order_by("due_at").values_list("pk", "key"))


def read(ids: Collection[int]) -> list[Due]:
    return _all(_pushes().filter(pk__in=ids).order_by("due_at"))


def store(outcomes: Iterable[Outcome]) -> None:
    """Remove what has arrived and browsers that are gone; let the rest wait."""
    outcomes = list(outcomes)
    with transaction.atomic():
        _arrived([one.due for one in outcomes if one.answer and one.answer.is_good])
        gone = [one.due.browser.pk for one in outcomes if one.answer and one.answer.status in _GONE]
        PushSubscription.objects.filter(pk__in=gone).delete()
        for one in outcomes:
            if one.answer is None or not (one.answer.is_good or one.answer.status in _GONE):
                _put_off(one)


def _arrived(arrived: Collection[Due]) -> None:
    if not arrived:
        return
    # Not those that are about a later message by now.
    same = (Q(pk=one.delivery.pk, log_id=one.delivery.log_id) for one in arrived)
    Delivery.objects.filter(reduce(or_, same)).delete()
    woken = [one.browser.pk for one in arrived]
    changed = Q(failures__gt=0) | Q(has_answered=False)
    PushSubscription.objects.filter(changed, pk__in=woken).update(failures=0, has_answered=True)


def _put_off(one: Outcome) -> None:
    delivery, browser, answer = one.due.delivery, one.due.browser, one.answer
    attempts = delivery.attempts + 1
    if attempts < MAX_ATTEMPTS:
        wait = max(pause(attempts), answer.retry_after if answer else 0)
        lane = browser.own_lane if one.is_alone else delivery.lane
        stored = Delivery.objects.filter(pk=delivery.pk)
        stored.update(attempts=attempts, due_at=time.time() + wait, lane=lane)
    else:
        _give_up([delivery.pk], [browser.pk])
    if not one.is_alone:
        _expire(delivery.lane)


def _expire(lane: str) -> None:
    """Give up what is too old, a portion of it, in a lane whose host does not answer."""
    now = time.time()
    old = _pushes().filter(lane=lane, due_at__lte=now, expires_at__lte=now).order_by("due_at")
    found = dict(old.values_list("pk", "subscription")[:MAX_EXPIRED_ROWS])
    if found:
        _give_up(found.keys(), [browser for browser in found.values() if browser])


def _give_up(deliveries: Collection[int], browsers: Collection[int]) -> None:
    Delivery.objects.filter(pk__in=deliveries).delete()
    given_up = PushSubscription.objects.filter(pk__in=browsers)
    given_up.filter(failures__gte=MAX_FAILURES - 1).delete()
    given_up.update(failures=F("failures") + 1)


def _adopt() -> None:
    """Put pushes that have no lane into theirs, a portion of them: a version without lanes has stored them,
    or their browsers."""
    for one in _pushes().filter(lane="").select_related("subscription")[:MAX_WALK_LANES]:
        browser = one.subscription
        assert browser is not None
        try:
            browser.host = browser.host or place_of(browser.url).named
        except Refused:  # such a version took it
            browser.delete()
            continue
        browser.save(update_fields=["host"])
        Delivery.objects.filter(pk=one.pk).update(lane=browser.lane)


def _pushes() -> QuerySet[Delivery]:
    return Delivery.objects.filter(subscription__isnull=False)


def _all(pushes: QuerySet[Delivery]) -> list[Due]:
    found = pushes.select_related("subscription")
    return [Due(one, one.subscription, _request(one.subscription)) for one in found if one.subscription]


def _request(browser: PushSubscription) -> Request:
    parts = urlsplit(browser.url)
    headers = [
        ("Authorization", authorization(f"{parts.scheme}://{parts.netloc}")),
        ("TTL", str(KEPT_SECONDS)),
        ("Topic", "im66"),
        ("Urgency", "high"),
    ]
    return Request("POST", browser.url, headers)


def _with_due(lanes: Sequence[str], now: float) -> list[str]:
    if not lanes:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_WITH_DUE.format(lanes=_values(lanes)), [*lanes, now])
        found = {lane for (lane,) in cursor.fetchall()}
    return [lane for lane in lanes if lane in found]


def _values(values: Sequence[str]) -> str:
    return "(VALUES " + ", ".join(["(%s)"] * len(values)) + ") AS asked"


def _in(column: str, values: Collection[object]) -> str:
    return f"AND {column} NOT IN ({', '.join(['%s'] * len(values))})" if values else ""


# By hand, because Django can neither step from one name to the next in an index nor join with values.

_TABLE = Delivery._meta.db_table
_WALK = f"""
    WITH RECURSIVE lanes (lane) AS (
        SELECT CAST(%s AS varchar)
        UNION ALL
        SELECT (SELECT next.lane FROM {_TABLE} AS next
            WHERE next.subscription_id IS NOT NULL AND next.lane > lanes.lane ORDER BY next.lane LIMIT 1)
        FROM lanes WHERE lanes.lane IS NOT NULL
    )
    SELECT lane FROM lanes WHERE lane IS NOT NULL LIMIT %s OFFSET 1
"""
_DUE = f"FROM {_TABLE} WHERE subscription_id IS NOT NULL AND lane = asked.column1 AND due_at <= %s"
_WITH_DUE = f"SELECT column1 FROM {{lanes}} WHERE EXISTS (SELECT 1 {_DUE})"
_HEADS = f"SELECT (SELECT id {_DUE} {{busy}} {{people}} ORDER BY due_at LIMIT 1) FROM {{lanes}}"
