"""Positions in the log: its end, what lies before and after others, and what happened in between."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from itertools import chain
from typing import NamedTuple

from accounts.statements import fetch
from log.models import ARE_MESSAGES, Conversation, Message
from log.rows import BLOCK, MEMBERSHIP, REACH, LogId, MembershipNotice, Reach
from log.stored_rows import ROW_FIELDS, as_row

# How many of somebody's last messages in groups are looked at for those in which the person takes part.
MAX_LOOKED_AT = 5000

# Written by hand, because everybody who logs in waits for it, and to make it takes longer than to answer it.
_LAST_ID = f"SELECT id FROM {Message._meta.db_table} ORDER BY id DESC LIMIT 1"


class Stay(NamedTuple):
    """A membership period: its id, whose it is, where, and since which position."""

    id: int
    userid: str
    group: int
    since: int


def last_id() -> LogId:
    """The id of the last row of the log, 0 if it is empty."""
    return next((id_ for (id_,) in fetch(_LAST_ID)), 0)


def last_id_before(second: int) -> LogId | None:
    """The id just before the first row with that time or a later one, None if there is no such row."""
    rows = Message.objects.filter(timet__gte=second)
    first = rows.order_by("timet", "id").values_list("id", flat=True).first()
    return None if first is None else first - 1


def last_id_of_group(group_id: int, *, before: LogId) -> LogId:
    """The id of the group's last row before the row `before`, 0 if there is none."""
    rows = Message.objects.filter(group=group_id, id__lt=before)
    return rows.order_by("-id").values_list("id", flat=True).first() or 0


def joined_and_moved(after: LogId, before: LogId) -> tuple[frozenset[str], bool]:
    """Who joined any group between these two rows, and whether who may reach whom may have changed there."""
    rows = Message.objects.filter(id__gt=after, id__lt=before, kind__in=(MEMBERSHIP, BLOCK, REACH))
    changes = [as_row(*fields) for fields in rows.values_list(*ROW_FIELDS)]
    joined = (change.joined for change in changes if isinstance(change, MembershipNotice))
    has_moved = any(isinstance(change, Reach) or getattr(change, "left", ()) for change in changes)
    return frozenset(chain.from_iterable(joined)), has_moved


def taken_part(stays: Collection[Stay]) -> set[int]:
    """The ids of those stays in groups in which the person has written a message, as far as it is among their
    last MAX_LOOKED_AT, or has marked one as read."""
    by_person: dict[str, list[Stay]] = defaultdict(list)
    for stay in stays:
        by_person[stay.userid].append(stay)
    return {id_ for userid, theirs in by_person.items() for id_ in _taken_part(userid, theirs)}


def _taken_part(userid: str, stays: list[Stay]) -> Iterator[int]:
    oldest = min(stay.since for stay in stays)
    rows = Message.objects.filter(ARE_MESSAGES, sender=userid, recipient=None, id__gt=oldest)
    written: dict[int, LogId] = {}
    for group, id_ in rows.order_by("-id").values_list("group_id", "id")[:MAX_LOOKED_AT]:
        assert group is not None
        written.setdefault(group, id_)
    marks = Conversation.objects.filter(user=userid, group__in=[stay.group for stay in stays])
    read = dict(marks.values_list("group", "read_id"))
    for stay in stays:
        if max(written.get(stay.group, 0), read.get(stay.group, 0)) > stay.since:
            yield stay.id
