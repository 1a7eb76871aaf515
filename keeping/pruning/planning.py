"""What is old: up to which row each place is pruned."""

from typing import NamedTuple

from chat.services import pruning
from chat.services.pruning import ELSEWHERE, PruningLimit
from keeping.errors import MaintenanceRefused
from log import positions
from log.models import Group
from log.rows import LogId
from notifications.notices import reading

DAY_SECONDS = 24 * 3600


class Wish(NamedTuple):
    """`keep_days`: the default for messages without a retention period of their own; None: prune only groups
    that have one. `group`: prune only this one, by its own period or else by `keep_days`."""

    keep_days: int | None
    group: int | None = None


class PrunedRange(NamedTuple):
    """The rows of `id`, a group or `ELSEWHERE`, are kept for so many days: those up to `upto` are older."""

    id: int
    days: int
    upto: LogId


class PruningPlan(NamedTuple):
    """`held_back`: the readers that still need old rows."""

    places: list[PrunedRange]
    held_back: PruningLimit | None


def plan(wish: Wish, now: float) -> PruningPlan:
    """Raises MaintenanceRefused for a group that does not exist, and if no retention period is set."""
    limit = min([*pruning.pruning_limits(), *reading.limits(now)])
    days_of = _days(wish)
    # Asked once for each number of days, however many groups have it.
    old = {days: _last_older(days, now) for days in {days for _, days in days_of}}
    places = [PrunedRange(id_, days, min(old[days], limit.upto)) for id_, days in days_of]
    is_held_back = limit.who != pruning.LOG_END and max(old.values()) > limit.upto
    return PruningPlan(places, limit if is_held_back else None)


def _last_older(days: int, now: float) -> LogId:
    before = positions.last_id_before(int(now) - days * DAY_SECONDS)
    return positions.last_id() if before is None else before


def _days(wish: Wish) -> list[tuple[int, int]]:
    """For how many days each place is kept."""
    if wish.group is not None:
        return [_of_group(wish.group, wish.keep_days)]
    own = Group.objects.filter(keep_days__isnull=False).order_by("pk").values_list("pk", "keep_days")
    elsewhere = [] if wish.keep_days is None else [(ELSEWHERE, wish.keep_days)]
    days = [*elsewhere, *((id_, days) for id_, days in own if days is not None)]
    if not days:
        raise MaintenanceRefused("No retention period is set: give --keep-days, or set it for a group.")
    return days


def _of_group(group: int, keep_days: int | None) -> tuple[int, int]:
    rows = Group.objects.filter(pk=group).values_list("keep_days", flat=True)
    if not rows:
        raise MaintenanceRefused(f"There is no group {group}.")
    days = rows[0] or keep_days
    if days is None:
        raise MaintenanceRefused(f"Group {group} has no retention period of its own: give --keep-days.")
    return group, days
