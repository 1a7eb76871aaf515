"""The queue of pushes: finds due pushes by lane, and stores their outcomes.

No query scans the rows of a lane that it does not ask for: a host that is down may have very many.
"""

import logging
import time
from collections import ChainMap
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from operator import or_
from typing import NamedTuple

from django.db import DatabaseError, connection, transaction
from django.db.models import F, Q, QuerySet

from log.pairs import marks
from notifications.addresses import own_lane
from notifications.exchange import EndpointAnswer, OutgoingRequest
from notifications.models import Delivery
from notifications.providers import Provider, Verdict, all_providers
from notifications.sending.lanes import MAX_HEALTHY
from notifications.sending.queue import retry_delay

# Lanes per query.
MAX_WALK_LANES = 256
# Attempts per push.
MAX_ATTEMPTS = 5
# Expired pushes that are given up at once.
MAX_EXPIRED_ROWS = 500
# Stored characters of a service's error.
MAX_REASON = 200

logger = logging.getLogger(__name__)


class DuePush(NamedTuple):
    """A due push with its request."""

    delivery: Delivery
    provider: Provider
    request: OutgoingRequest


@dataclass(frozen=True)
class PushOutcome:
    """`answer`: None if there was none; then `problem` gives the reason. `is_host_healthy`: a failure
    concerns this person only."""

    due: DuePush
    answer: EndpointAnswer | None
    is_host_healthy: bool
    problem: str = ""

    @cached_property
    def verdict(self) -> Verdict:
        return Verdict.AGAIN if self.answer is None else self.due.provider.judge(self.answer)

    @property
    def reason(self) -> str:
        """The problem as it is shown at the desk."""
        due, answer = self.due, self.answer
        return without_token(due.provider.reason(answer) if answer else self.problem, due.request)


def without_token(reason: str, request: OutgoingRequest) -> str:
    """Return the service's error without the token, which it may quote, and without control characters."""
    reason = reason.replace(request.hidden, "…") if request.hidden else reason
    return "".join(letter if letter.isprintable() else " " for letter in reason[:MAX_REASON])


def known_hosts() -> list[tuple[str, int]]:
    """Return the hosts that have answered, with the number of people each serves."""
    return [host for provider in all_providers() for host in provider.known_hosts(MAX_HEALTHY)]


def take_due_pushes(
    room_by_lane: Mapping[str, int], *, most: int, busy: Collection[int], people: Collection[str]
) -> list[DuePush]:
    """Return at most `most` due pushes of these lanes, in the order of the lanes. Each lane yields as many as
    its room, the longest due first. Deliveries in `busy` and pushes for `people` are left out."""
    now = time.time()
    due_pushes: list[DuePush] = []
    for lane in _lanes_with_due(list(room_by_lane), now):
        if len(due_pushes) >= most:
            break
        due = _pushes().filter(lane=lane, due_at__lte=now).exclude(pk__in=busy).exclude(key__in=people)
        due_pushes += _with_requests(due.order_by("due_at")[: room_by_lane[lane]])
    return due_pushes[:most]


def lanes_after(after: str) -> list[str]:
    """Return the lanes after this name in alphabetical order, at most MAX_WALK_LANES."""
    with connection.cursor() as cursor:
        cursor.execute(_WALK, [after, MAX_WALK_LANES])
        return [lane for (lane,) in cursor.fetchall()]


def longest_due(
    lanes: Sequence[str], *, busy: Collection[int], people: Collection[str]
) -> list[tuple[int, str]]:
    """Return the id and the person of the longest due push of each lane. Deliveries in `busy` and pushes for
    `people` are left out."""
    if not lanes:
        return []
    known = _known_providers()
    statement = _HEADS.format(
        lanes=_values(lanes),
        known=f"AND target_kind IN ({marks(len(known))})",
        busy=_not_in("id", busy),
        people=_not_in("key", people),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [time.time(), *known, *busy, *people, *lanes])
        ids = [id_ for (id_,) in cursor.fetchall() if id_ is not None]
    return list(Delivery.objects.filter(pk__in=ids).order_by("due_at").values_list("pk", "key"))


def read_due_pushes(ids: Collection[int]) -> list[DuePush]:
    return _with_requests(_pushes().filter(pk__in=ids).order_by("due_at"))


def store(outcomes: Iterable[PushOutcome]) -> None:
    """Store the outcomes: remove arrived pushes and gone targets, and defer or give up the others."""
    outcomes = list(outcomes)
    with transaction.atomic():
        for provider in {outcome.due.provider for outcome in outcomes}:
            _store_outcomes(provider, [outcome for outcome in outcomes if outcome.due.provider is provider])


def _store_outcomes(provider: Provider, outcomes: Sequence[PushOutcome]) -> None:
    arrived = [outcome.due.delivery for outcome in outcomes if outcome.verdict is Verdict.ARRIVED]
    if arrived:
        # A push that was updated to a later message meanwhile stays queued.
        same = (Q(pk=delivery.pk, log_id=delivery.log_id) for delivery in arrived)
        Delivery.objects.filter(reduce(or_, same)).delete()
        provider.mark_reached(_targets(arrived))
    gone = _targets(outcome.due.delivery for outcome in outcomes if outcome.verdict is Verdict.GONE)
    if gone:
        Delivery.objects.filter(provider.deliveries_to(gone)).delete()
        provider.remove_targets(gone)
    for outcome in outcomes:
        if outcome.verdict is Verdict.AGAIN:
            _retry_later(outcome)


def _retry_later(outcome: PushOutcome) -> None:
    delivery, answer = outcome.due.delivery, outcome.answer
    attempts = delivery.attempts + 1
    problem = outcome.reason
    if attempts < MAX_ATTEMPTS:
        wait = max(retry_delay(attempts), answer.retry_after if answer else 0)
        lane = own_lane(delivery.lane, delivery.key) if outcome.is_host_healthy else delivery.lane
        stored = Delivery.objects.filter(pk=delivery.pk)
        stored.update(attempts=attempts, due_at=time.time() + wait, lane=lane, problem=problem)
    else:
        _give_up(outcome.due.provider, [delivery], problem)
    if not outcome.is_host_healthy:
        _give_up_expired(outcome.due.provider, delivery.lane)


def _give_up_expired(provider: Provider, lane: str) -> None:
    """Give up a portion of the expired pushes in the lane of a host that does not answer."""
    now = time.time()
    old = _pushes().filter(target_kind=provider.name, lane=lane, due_at__lte=now, expires_at__lte=now)
    if expired := list(old.order_by("due_at")[:MAX_EXPIRED_ROWS]):
        _give_up(provider, expired, "too old")


def _give_up(provider: Provider, deliveries: Collection[Delivery], problem: str) -> None:
    stored = Delivery.objects.filter(pk__in=[delivery.pk for delivery in deliveries])
    if provider.keeps_dead:
        stored.update(is_dead=True, attempts=F("attempts") + 1, problem=problem)
    else:
        stored.delete()
    provider.mark_missed(_targets(deliveries))


def _targets(pushes: Iterable[Delivery]) -> list[int]:
    return [push.target_id for push in pushes if push.target_id is not None]


def _pushes() -> QuerySet[Delivery]:
    """Return a query for the waiting pushes of providers that this version knows."""
    return Delivery.objects.filter(endpoint=None, is_dead=False, target_kind__in=_known_providers())


def _with_requests(pushes: QuerySet[Delivery]) -> list[DuePush]:
    """Return the pushes with their requests. Obsolete pushes, which have no request, are removed."""
    deliveries = list(pushes)
    requests: dict[int, tuple[Provider, OutgoingRequest | None]] = {}
    for provider in all_providers():
        mine = [delivery for delivery in deliveries if delivery.target_kind == provider.name]
        made = _requests(provider, mine) if mine else {}
        requests |= {delivery.pk: (provider, made.get(delivery.pk)) for delivery in mine}
    Delivery.objects.filter(pk__in=[id_ for id_, (_, request) in requests.items() if not request]).delete()
    return [
        DuePush(delivery, provider, request)
        for delivery in deliveries
        for provider, request in [requests[delivery.pk]]
        if request is not None
    ]


def _requests(provider: Provider, deliveries: list[Delivery]) -> Mapping[int, OutgoingRequest | None]:
    """Return the provider's requests. If making them fails, make each one separately, so that only the faulty
    delivery is dropped."""
    try:
        return provider.requests(deliveries)
    except DatabaseError:
        raise
    except Exception:
        if len(deliveries) > 1:
            return ChainMap(*(dict(_requests(provider, [delivery])) for delivery in deliveries))
        logger.exception("A push by %s cannot be made, and is dropped.", provider.name)
        return {}


def _lanes_with_due(lanes: Sequence[str], now: float) -> list[str]:
    if not lanes:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_WITH_DUE.format(lanes=_values(lanes), known=""), [*lanes, now])
        due_lanes = {lane for (lane,) in cursor.fetchall()}
    return [lane for lane in lanes if lane in due_lanes]


def _known_providers() -> list[str]:
    """Return the names of the providers that this version knows."""
    return [provider.name for provider in all_providers()]


def _values(values: Sequence[str]) -> str:
    return "(VALUES " + ", ".join(["(%s)"] * len(values)) + ") AS asked"


def _not_in(column: str, values: Collection[object]) -> str:
    return f"AND {column} NOT IN ({', '.join(['%s'] * len(values))})" if values else ""


# In SQL, because Django can neither step from one name to the next in an index nor join with a list of
# values.

_TABLE = Delivery._meta.db_table
_WALK = f"""
    WITH RECURSIVE lanes (lane) AS (
        SELECT CAST(%s AS varchar)
        UNION ALL
        SELECT (SELECT next.lane FROM {_TABLE} AS next
            WHERE next.endpoint_id IS NULL AND NOT next.is_dead AND next.lane > lanes.lane
            ORDER BY next.lane LIMIT 1)
        FROM lanes WHERE lanes.lane IS NOT NULL
    )
    SELECT lane FROM lanes WHERE lane IS NOT NULL LIMIT %s OFFSET 1
"""
_DUE = (
    f"FROM {_TABLE} WHERE endpoint_id IS NULL AND NOT is_dead AND lane = asked.column1"
    " AND due_at <= %s {known}"
)
_WITH_DUE = f"SELECT column1 FROM {{lanes}} WHERE EXISTS (SELECT 1 {_DUE})"
_HEADS = f"SELECT (SELECT id {_DUE} {{busy}} {{people}} ORDER BY due_at LIMIT 1) FROM {{lanes}}"
