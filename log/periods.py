"""What of a group a person may read: what was written in a membership period, and while the person is in a
group that shows members everything, also what was written before.

What is delivered, and what counts as unread, begins with the membership in any case.
"""

from collections.abc import Iterable
from typing import Any

from django.db.models import BigIntegerField, Case, Exists, F, OuterRef, Q, QuerySet, Value, When

from accounts.access import HistoryFor
from accounts.statements import among, fetch
from log.group_models import ANY_ID
from log.models import Group, Membership
from log.rows import LogId

# The rows of a group between which somebody may read, in the order in which they begin.
Spans = list[tuple[LogId, LogId]]

_GROUP, _PERIOD = Group._meta.db_table, Membership._meta.db_table
_HAS_ALL = Q(until_id=None, group__history=HistoryFor.ALL.value)


def reads_all(period: str) -> str:
    """In SQL, that the person of this membership period may read everything in its group."""
    history = f"(SELECT shown.history FROM {_GROUP} AS shown WHERE shown.id = {period}.group_id)"
    return f"({period}.until_id IS NULL AND {history} = '{HistoryFor.ALL.value}')"


def begins(period: str) -> str:
    """In SQL, the row after which the person may read in this membership period."""
    return f"CASE WHEN {reads_all(period)} THEN 0 ELSE {period}.since_id END"


def with_begins(periods: QuerySet[Membership]) -> QuerySet[Any]:
    """The same periods, with `begins_id`, as `begins` has it."""
    begins_id = Case(When(_HAS_ALL, then=Value(0)), default=F("since_id"), output_field=BigIntegerField())
    return periods.annotate(begins_id=begins_id)


def reads_row(userid: str) -> Exists:
    """That the person may read a row of the log, which is one of a group."""
    periods = Membership.objects.filter(Q(until_id=None) | Q(until_id__gt=OuterRef("pk")), user=userid)
    return Exists(with_begins(periods).filter(group=OuterRef("group"), begins_id__lt=OuterRef("pk")))


def reads_everything(userid: str, group_id: int) -> bool:
    """Whether the person may read everything in the group."""
    return Membership.objects.filter(_HAS_ALL, user=userid, group=group_id).exists()


def who_reads_all(group_id: int, userids: Iterable[str]) -> list[str]:
    """Those of the people who may read everything in the group. Raises DatabaseError."""
    people, listed = among([*userids])
    statement = f"SELECT user_id FROM {_PERIOD} WHERE group_id = %s AND {reads_all(_PERIOD)} AND user_id "
    return [userid for (userid,) in fetch(statement + people, group_id, *listed)]


def disjoint(periods: Iterable[tuple[LogId, LogId | None]]) -> Spans:
    """Where each of somebody's periods in a group begins, and ends if it has, as spans of which none has a
    part of another: only one of somebody who may read everything has others within it."""
    spans = sorted((start, ANY_ID if end is None else end) for start, end in periods)
    return spans[:1] if spans[:1] == [(0, ANY_ID)] else spans
