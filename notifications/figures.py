"""Metrics of deliveries: webhooks and pushes."""

import time
from collections import Counter, defaultdict

from django.db.models import Min, Q, QuerySet

from accounts.figures import ALONE, Figure, Histogram, MetricKind, Values, by_label
from notifications.events import NOTICE
from notifications.models import Delivery
from notifications.models.endpoints import DEAD_LETTERS

# From a quarter of a second to half an hour, in bits of milliseconds.
_MIN_BITS, _MAX_BITS = 8, 21
# Rows counted per kind at most, because every scrape counts them.
MAX_COUNTED = 100_000


class DeliveryCounts:
    """Counts of this process. `attempts`: by kind of place and result. `waited`: how many milliseconds each
    push to a healthy host was overdue when it was sent. `pushes`: by provider and meaning of the answer.
    `seconds`: by provider, how many milliseconds attempts took. `lanes`: the present number of lanes by
    state."""

    def __init__(self) -> None:
        self.attempts: Counter[tuple[str, str]] = Counter()
        self.waited = Histogram()
        self.pushes: Counter[tuple[str, str]] = Counter()
        self.seconds: defaultdict[str, Histogram] = defaultdict(Histogram)
        self.lanes: dict[str, int] = {}


COUNTS = DeliveryCounts()


def _oldest_ages() -> Values:
    """Return the age of the oldest delivery by kind. Notices have their own, because people wait for them;
    other events may wait for hours for an endpoint that is down, and pushes for a host that never answers."""
    is_notice = Q(event=NOTICE)
    oldest = _to_endpoints().aggregate(
        notice=Min("made_at", filter=is_notice), other=Min("made_at", filter=~is_notice)
    )
    oldest |= _pushes().aggregate(push=Min("made_at"))
    return {(kind,): _age(made_at) for kind, made_at in oldest.items()}


# Each query has its own index, because arrived deliveries stay in the same table.
def _to_endpoints() -> QuerySet[Delivery]:
    return Delivery.objects.filter(is_dead=False, endpoint__isnull=False)


def _pushes() -> QuerySet[Delivery]:
    return Delivery.objects.filter(is_dead=False, endpoint__isnull=True)


def _age(made_at: float | None) -> float:
    return 0.0 if made_at is None else max(0.0, time.time() - made_at)


def _delivery_numbers() -> Values:
    waiting = _bounded_count(_to_endpoints()) + _bounded_count(_pushes())
    return {("waiting",): waiting, ("dead",): _bounded_count(Delivery.objects.filter(DEAD_LETTERS))}


def _bounded_count(rows: QuerySet[Delivery]) -> int:
    return rows.order_by()[:MAX_COUNTED].count()


FIGURES = (
    Figure(
        MetricKind.GAUGE,
        "push_oldest_seconds",
        "Age of the oldest delivery that waits. Every process says the same.",
        _oldest_ages,
        ("event",),
        asks_database=True,
    ),
    Figure(
        MetricKind.GAUGE,
        "push_deliveries",
        "Deliveries that wait or were given up, counted up to 100000.",
        _delivery_numbers,
        ("state",),
        asks_database=True,
    ),
    Figure(
        MetricKind.GAUGE,
        "push_lanes",
        "Push services that answer promptly (healthy) or not (failing).",
        lambda: by_label(COUNTS.lanes),
        ("state",),
    ),
    Figure(
        MetricKind.COUNTER,
        "push_attempts_total",
        "Attempts to wake a browser; crowded: put off.",
        lambda: {labels: float(number) for labels, number in COUNTS.attempts.items()},
        ("places", "end"),
    ),
    Figure(
        MetricKind.COUNTER,
        "pushes_total",
        "Pushes by provider: sent, refused (tried again), dead (the device is gone), failed (no answer).",
        lambda: {labels: float(number) for labels, number in COUNTS.pushes.items()},
        ("provider", "result"),
    ),
    Figure(
        MetricKind.HISTOGRAM,
        "push_seconds",
        "How long attempts to push took.",
        lambda: {(provider,): waited for provider, waited in COUNTS.seconds.items()},
        ("provider",),
        unit=0.001,
        least=_MIN_BITS - 4,
        most=_MAX_BITS - 6,
    ),
    Figure(
        MetricKind.HISTOGRAM,
        "push_wait_seconds",
        "For how long a push to a host that answers was due before it was sent.",
        lambda: {ALONE: COUNTS.waited},
        unit=0.001,
        least=_MIN_BITS,
        most=_MAX_BITS,
    ),
)
