"""Which mutes in groups have ended."""

from datetime import datetime

from groups.models import GroupMute
from groups.services import unmute_member

# So many are dealt with at once. Each takes a transaction, and others write meanwhile.
MAX_MUTES = 100


def next_end() -> datetime | None:
    """When the next one ends; None if none does."""
    ends = GroupMute.objects.filter(until__isnull=False).order_by("until")
    return ends.values_list("until", flat=True).first()


def lift_ended(now: datetime) -> None:
    """Undo those that have ended by `now`, at most MAX_MUTES."""
    ended = GroupMute.objects.filter(until__lte=now).order_by("until")
    for group, userid in list(ended.values_list("group", "user")[:MAX_MUTES]):
        unmute_member(group, userid, ended=now)
