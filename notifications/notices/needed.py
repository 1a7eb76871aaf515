"""Which rows are still needed to tell somebody of them."""

from django.db.models import Min, QuerySet

from chat.services.pruning import Limit
from notifications.events import BESIDES_LOG, NOTICE
from notifications.models import Delivery, Pending, Waiting

# What was due so long ago is needed no more: nobody tells people here.
STALE_SECONDS = 3 * 24 * 3600


def limits(now: float) -> list[Limit]:
    """What keeps rows from being pruned: people who may have to be told of them, and endpoints that were not
    reached yet."""
    due = {"due_at__gt": now - STALE_SECONDS}
    alive = Delivery.objects.filter(
        endpoint__is_active=True, is_dead=False, expires_at__gt=now - STALE_SECONDS
    ).exclude(event__in=set(BESIDES_LOG) - {NOTICE})  # these are about no row
    return [
        *_before("people who are to be told", Waiting.objects.filter(**due), "first_id"),
        *_before("people who are to be told later", Pending.objects.filter(**due), "since_id", 0),
        *_before("an endpoint that was not reached yet", alive, "log_id"),
    ]


def _before(who: str, rows: QuerySet[Waiting | Pending | Delivery], field: str, by: int = 1) -> list[Limit]:
    first = rows.aggregate(first=Min(field))["first"]
    return [] if first is None else [Limit(first - by, who)]
