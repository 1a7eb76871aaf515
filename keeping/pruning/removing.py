"""Executes a plan while servers serve: removes the rows first, and then the files without references."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from chat.services import pruning
from keeping import legal_holds
from keeping.backups.progress import Progress
from keeping.pace import row_progress, slowly
from keeping.pruning.planning import DAY_SECONDS, PruneRange, PruningPlan
from moderation import audit
from moderation.audit import Actor
from moderation.reports import forgetting
from uploads import pruning as media

# A file without references is kept this long, because it may not be sent yet.
GRACE_DAYS = 30
ACTION = "log.prune"


class Removed(NamedTuple):
    """The numbers of removed rows and files. `rows`: by group or `ELSEWHERE`."""

    rows: Mapping[int, int]
    files: int


def count(plan: PruningPlan) -> dict[int, int]:
    """Return how many rows of each group, and of `ELSEWHERE`, would be removed now."""
    protected = legal_holds.protected_messages()
    return {place.id: pruning.count_prunable(place.id, place.upto, protected) for place in plan.places}


def count_reports(keep_days: int, now: float) -> int:
    """Return how many reports would lose their copies of messages."""
    return forgetting.count_emptyable(_days_ago(now, keep_days), legal_holds.protected_messages())


def remove(plan: PruningPlan, by: Actor, now: float, progress: Progress) -> Removed:
    """Prune the rows and then the media. Can be interrupted and repeated, and run twice at the same time.
    Raises DatabaseError and OSError."""
    rows = {place.id: _remove_rows(place, progress) for place in plan.places}
    for _ in slowly(pruning.remove_orphaned_documents(max(place.upto for place in plan.places))):
        pass
    grace = min(GRACE_DAYS, *(place.days for place in plan.places))
    files = _remove_files(_days_ago(now, grace), progress)
    if removed := {str(place): count for place, count in rows.items() if count}:
        days = {str(place.id): place.days for place in plan.places if str(place.id) in removed}
        audit.record(by, ACTION, "", days=days, rows=removed, files=files)
    return Removed(rows, files)


def forget_reports(keep_days: int, by: Actor, now: float) -> int:
    """Remove the copies of messages in reports that were resolved before. Return the number of reports."""
    count = sum(slowly(forgetting.empty_reports(_days_ago(now, keep_days), legal_holds.protected_messages())))
    if count:
        audit.record(by, "report.forget", "", reports=count, days=keep_days)
    return count


def _remove_rows(place: PruneRange, progress: Progress) -> int:
    removed, done = 0, 0
    with progress("the log" if place.id == pruning.ELSEWHERE else f"group {place.id}", place.upto) as advance:
        for portion in slowly(pruning.prune(place.id, place.upto, legal_holds.protected_messages())):
            removed += portion.removed
            advance(portion.upto - done)
            done = portion.upto
    return removed


def _remove_files(before: datetime, progress: Progress) -> int:
    unused = media.unused_names(before, row_progress(progress, "messages read"))
    return sum(media.remove(name, before) for name in unused)


def _days_ago(now: float, days: int) -> datetime:
    return datetime.fromtimestamp(now, UTC) - timedelta(seconds=days * DAY_SECONDS)
