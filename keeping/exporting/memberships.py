"""The groups that a person is or was in, and when."""

from collections.abc import Collection

from chat.models import Message
from chat.protocol.rows import NOTICE, LogId, MembershipNotice
from chat.stored_rows import as_notice
from groups.models import ANY_ID, Membership
from keeping.exporting import shapes
from keeping.exporting.portions import portions
from keeping.exporting.talks import name_of


def periods_of(userid: str) -> list[shapes.Period]:
    """All of them, oldest first. A group is called what it was when the person left it last."""
    periods = Membership.objects.filter(user=userid).order_by("since_id")
    found = list(periods.values_list("group_id", "role", "since_id", "until_id", "nickname"))
    rows = _rows_of({id_ for _, _, *ends, _ in found for id_ in ends if id_ is not None})
    last = {group: ANY_ID if until is None else until for group, _, _, until, _ in found}
    names = {group: name_of(group, end) for group, end in last.items()}

    def time_of(group: int, id_: LogId) -> int | None:
        where, time = rows.get(id_, (None, None))
        return time if where == group else None

    return [
        shapes.Period(
            str(group),
            names[group],
            role,
            time_of(group, since) or _founded_at(userid, group, since),
            time_of(group, until or 0),
            until is None,
            nickname,
        )
        for group, role, since, until, nickname in found
    ]


def _rows_of(ids: Collection[LogId]) -> dict[LogId, tuple[int | None, int]]:
    """In which group these rows were written, and when, of those that are there."""
    rows: dict[LogId, tuple[int | None, int]] = {}
    for some in portions(ids):
        found = Message.objects.filter(pk__in=some).values_list("pk", "group", "timet")
        rows.update((id_, (group, time)) for id_, group, time in found)
    return rows


def _founded_at(userid: str, group: int, after: LogId) -> int | None:
    """When the group was made, if with this person, and if the log still says so: such a person's period
    begins before the notice of it."""
    first = Message.objects.filter(group=group, id__gt=after).order_by("id")
    for id_, kind, content, time in first.values_list("id", "kind", "content", "timet")[:1]:
        notice = as_notice(id_, group, content, time) if kind == NOTICE else None
        if isinstance(notice, MembershipNotice) and userid in notice.joined:
            return time
    return None
