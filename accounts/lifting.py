"""Which people's mutes and locks have ended."""

from datetime import datetime

from accounts.models import User
from accounts.services import lift

# So many people are dealt with at once. Each takes a transaction, and others write meanwhile.
MAX_PEOPLE = 100

_ENDS = ("muted_until", "banned_until")


def next_end() -> datetime | None:
    """When the next one ends; None if none does."""
    ends = [_first_of(field) for field in _ENDS]
    return min((end for end in ends if end is not None), default=None)


def lift_ended(now: datetime) -> None:
    """Undo what has ended by `now`, of at most MAX_PEOPLE people for each of both."""
    for field in _ENDS:
        ended = User.objects.filter(**{f"{field}__lte": now}).order_by(field)
        for userid in list(ended.values_list("pk", flat=True)[:MAX_PEOPLE]):
            lift(userid, now)


def _first_of(field: str) -> datetime | None:
    ends = User.objects.filter(**{f"{field}__isnull": False}).order_by(field)
    found: datetime | None = ends.values_list(field, flat=True).first()
    return found
