"""What is gone for somebody who comes back: rows that were pruned. A client that goes on from a row is told
so; whoever reads pages sees what is there."""

from django.db.models import Exists, Max, OuterRef, Q

from chat.models import Pruned
from chat.protocol.events import Gap, Results
from chat.reading import selectors
from chat.reading.results import with_results
from chat.reading.snapshot import snapshot
from log.models import Membership
from log.rows import LogId, Served


def pruned_upto(userid: str, after: LogId) -> LogId:
    """Up to which row something after the row `after` was pruned that may have been due to the person; 0 if
    nothing was."""
    periods = Membership.objects.filter(
        Q(until_id=None) | Q(until_id__gt=after),
        user=userid,
        group=OuterRef("place"),
        since_id__lt=OuterRef("upto_id"),
    )
    concerns = Q(place=0) | Exists(periods)
    return Pruned.objects.filter(concerns, upto_id__gt=after).aggregate(upto=Max("upto_id"))["upto"] or 0


def mirrored_backlog(
    userid: str, after: LogId, upto: LogId, limit: int
) -> tuple[list[Served | Gap | Results], bool]:
    """As `selectors.mirrored_backlog`, with what responses come to in the place of the last of them. Where
    rows were pruned, the gap comes first, and then what is kept after it: also for a reader between two pages
    of which something was pruned."""
    with snapshot():
        end = pruned_upto(userid, after)
        rows, more = selectors.mirrored_backlog(userid, max(after, end), upto, limit)
        with_responses = with_results(userid, rows)
    gap = [Gap(after, end)] if end else []
    return [*gap, *with_responses], more
