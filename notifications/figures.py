"""What watchers are told of notices and events that are on their way."""

import time

from django.db.models import Count, Min, Q

from accounts.figures import Figure, Kind, Values
from notifications.models import Delivery
from notifications.models.endpoints import NOTICE


def _oldest() -> Values:
    """People wait for notices; other events may wait for hours at an endpoint that is down."""
    alive = Delivery.objects.filter(is_dead=False)
    found = alive.aggregate(
        notice=Min("made_at", filter=Q(event=NOTICE)), other=Min("made_at", filter=~Q(event=NOTICE))
    )
    return {(kind,): _age(made_at) for kind, made_at in found.items()}


def _age(made_at: float | None) -> float:
    return 0.0 if made_at is None else max(0.0, time.time() - made_at)


def _number() -> Values:
    found = Delivery.objects.aggregate(
        waiting=Count("id", filter=Q(is_dead=False)), dead=Count("id", filter=Q(is_dead=True))
    )
    return {(state,): number for state, number in found.items()}


FIGURES = (
    Figure(
        Kind.GAUGE,
        "push_oldest_seconds",
        "Age of the oldest that has not been delivered.",
        _oldest,
        ("event",),
        asks_database=True,
    ),
    Figure(
        Kind.GAUGE,
        "push_deliveries",
        "Deliveries that wait, and that were given up.",
        _number,
        ("state",),
        asks_database=True,
    ),
)
