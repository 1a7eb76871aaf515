"""Plans a prune: up to which row each group, and all other conversations together, are pruned."""

from typing import NamedTuple

from chat.services import pruning
from chat.services.pruning import ELSEWHERE, PruningLimit
from keeping.errors import MaintenanceRefused
from log import positions
from log.models import Group
from log.rows import LogId
from notifications.notices import reading

DAY_SECONDS = 24 * 3600


class PruneRequest(NamedTuple):
    """`keep_days`: the retention period of groups without their own, and of all other conversations; None:
    prune only groups with their own period. `group`: prune only this group, by its own period or else by
    `keep_days`."""

    keep_days: int | None
    group: int | None = None


class PruneRange(NamedTuple):
    """The rows of `id`, a group or `ELSEWHERE`, up to the row `upto` are older than `days`."""

    id: int
    days: int
    upto: LogId


class PruningPlan(NamedTuple):
    """`held_back`: the reader that still needs old rows; None if no reader limits the plan."""

    places: list[PruneRange]
    held_back: PruningLimit | None


def plan(request: PruneRequest, now: float) -> PruningPlan:
    """Plan the prune. Raises MaintenanceRefused if the group does not exist or no retention period is set."""
    limit = min([*pruning.pruning_limits(), *reading.limits(now)])
    days_of = _retention_days(request)
    # One query for each number of days, however many groups have it.
    old = {days: _last_id_older_than(days, now) for days in {days for _, days in days_of}}
    places = [PruneRange(id_, days, min(old[days], limit.upto)) for id_, days in days_of]
    is_held_back = limit.who != pruning.LOG_END and max(old.values()) > limit.upto
    return PruningPlan(places, limit if is_held_back else None)


def _last_id_older_than(days: int, now: float) -> LogId:
    before = positions.last_id_before(int(now) - days * DAY_SECONDS)
    return positions.last_id() if before is None else before


def _retention_days(request: PruneRequest) -> list[tuple[int, int]]:
    """Return each group, or `ELSEWHERE`, with the retention period in days."""
    if request.group is not None:
        return [_group_days(request.group, request.keep_days)]
    own = Group.objects.filter(keep_days__isnull=False).order_by("pk").values_list("pk", "keep_days")
    elsewhere = [] if request.keep_days is None else [(ELSEWHERE, request.keep_days)]
    days = [*elsewhere, *((id_, days) for id_, days in own if days is not None)]
    if not days:
        raise MaintenanceRefused("No retention period is set: give --keep-days, or set it for a group.")
    return days


def _group_days(group: int, keep_days: int | None) -> tuple[int, int]:
    rows = Group.objects.filter(pk=group).values_list("keep_days", flat=True)
    if not rows:
        raise MaintenanceRefused(f"There is no group {group}.")
    days = rows[0] or keep_days
    if days is None:
        raise MaintenanceRefused(f"Group {group} has no retention period of its own: give --keep-days.")
    return group, days
