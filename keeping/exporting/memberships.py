"""The groups that a person is or was in, and when."""

from collections.abc import Collection

from chat.models import Message
from chat.protocol.rows import LogId
from groups.models import ANY_ID, Membership
from keeping.exporting import shapes
from keeping.exporting.portions import portions
from keeping.exporting.talks import name_of


def periods_of(userid: str) -> list[shapes.Period]:
    """All of them, oldest first. A group is called what it was when the person left it last."""
    periods = Membership.objects.filter(user=userid).order_by("since_id")
    found = list(periods.values_list("group_id", "role", "since_id", "until_id"))
    times = _times_of({id_ for _, _, *ends in found for id_ in ends if id_ is not None})
    last = {group: ANY_ID if until is None else until for group, _, _, until in found}
    names = {group: name_of(group, end) for group, end in last.items()}
    return [
        shapes.Period(str(group), names[group], role, times.get(since), times.get(until or 0), until is None)
        for group, role, since, until in found
    ]


def _times_of(ids: Collection[LogId]) -> dict[LogId, int]:
    """When these rows were written, of those that are there."""
    times: dict[LogId, int] = {}
    for some in portions(ids):
        times.update(Message.objects.filter(pk__in=some).values_list("pk", "timet"))
    return times
