"""Reading the log.

Pages are limited by id, never by time alone, because several rows can have the same second. They are also
limited by size: a page ends with the row that fills it. So it may have fewer rows than asked for, but it is
empty only if there are no rows.
"""

from collections.abc import Collection, Iterator
from heapq import merge
from operator import itemgetter
from typing import Any

from django.db import DatabaseError, connection
from django.db.models import Aggregate, Case, F, OuterRef, Q, QuerySet, Subquery, TextField, Value, When
from django.db.models.functions import Cast, Coalesce, Concat, Greatest, Substr
from django.db.models.lookups import Exact
from django.db.models.sql.compiler import SQLCompiler

from accounts.models import User
from chat.amendments import as_now
from chat.models import OFF, ROW_FIELDS, Message, as_row
from chat.protocol.rows import (
    EDIT,
    KINDS,
    NOTICE,
    PAGE_CHARACTERS,
    REACTION,
    RECALL,
    STANDING,
    Amendment,
    Entry,
    LogId,
    Row,
    Served,
)
from chat.snapshot import snapshot
from groups.models import Group, Membership

# A page first reads at most this much of each text of a row, because a longer row may be past the page's end.
LIGHT_CHARACTERS = 2048
FIRST_ROWS = 16
_TEXTS = ("content", "extension")
# ROW_FIELDS, with one character more than that of each text.
OUTLINE = [Substr(field, 1, LIGHT_CHARACTERS + 1) if field in _TEXTS else field for field in ROW_FIELDS]
# The same in SQL.
_OUTLINED = ", ".join(
    f"SUBSTR({field}, 1, {LIGHT_CHARACTERS + 1})" if field in _TEXTS else field for field in ROW_FIELDS
)
_NEXT = f"SELECT {_OUTLINED} FROM {Message._meta.db_table} WHERE id > %s ORDER BY id LIMIT %s"

Fields = tuple[Any, ...]
_id = itemgetter(ROW_FIELDS.index("id"))
_texts = itemgetter(*map(ROW_FIELDS.index, _TEXTS))


class _Listed(Aggregate):
    """All values in a group of rows, separated by commas."""

    function = "GROUP_CONCAT"
    output_field = TextField()

    def as_postgresql(self, compiler: SQLCompiler, connection: Any, **extra: Any) -> Any:
        return self.as_sql(compiler, connection, template="STRING_AGG((%(expressions)s)::text, ',')", **extra)


def last_id() -> LogId:
    """The id of the last row of the log, 0 if it is empty."""
    return Message.objects.order_by("-id").values_list("id", flat=True).first() or 0


def is_used() -> bool:
    """Whether the log has a message or a change of membership."""
    return Message.objects.exclude(kind=STANDING).exists()


def last_id_of_group(group_id: int, *, before: LogId) -> LogId:
    """The id of the group's last row before the row `before`, 0 if there is none."""
    rows = Message.objects.filter(group=group_id, id__lt=before)
    return rows.order_by("-id").values_list("id", flat=True).first() or 0


def last_id_before(second: int) -> LogId | None:
    """The id just before the first row with that time or a later one, None if there is no such row."""
    rows = Message.objects.filter(timet__gte=second)
    first = rows.order_by("timet", "id").values_list("id", flat=True).first()
    return None if first is None else first - 1


def rows_after(after: LogId, limit: int) -> list[Row]:
    """The next rows of the log, for all recipients."""
    with snapshot():
        return fill_page(iter(_next_outlines(after, limit + 1)), limit)[0]


def _next_outlines(after: LogId, limit: int) -> list[Fields]:
    # Not by a queryset: to make the statement and its rows takes longer than to read them, and every row of
    # the log is read here.
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, [after, limit])
        return list(cursor.fetchall())


def backlog(userid: str, after: LogId, upto: LogId, limit: int) -> tuple[list[Served], bool]:
    """The next rows for `userid` with after < id ≤ upto, and whether there are more: rows from others to the
    person, and to groups during the person's membership periods. Changes of standing are no such rows: they
    are stored as what the person sent. Messages are given as they are now."""
    span = Q(id__gt=after, id__lte=upto)
    groups = [rows.filter(span).exclude(sender=userid) for rows in _within_periods(userid, after)]
    return _as_now(userid, *_page([_received(userid, span), *groups], limit))


def mirrored_backlog(userid: str, after: LogId, upto: LogId, limit: int) -> tuple[list[Served], bool]:
    """The same together with what the person wrote, with changes of the person's standing, and with the
    notices that the person has joined a group or is no longer in it."""
    span = Q(id__gt=after, id__lte=upto)
    written = Message.objects.filter(span, sender=userid, group=None).order_by("id")
    groups = [rows.filter(span) for rows in _within_periods(userid, after, with_ends=True)]
    return _as_now(userid, *_page([_received(userid, span), written, *groups], limit))


def unicast_history(userid: str, peer: str, after: LogId, limit: int) -> tuple[list[Entry], bool]:
    """The next messages between two people, in both directions, and whether there are more."""
    rows = given(Message.objects.filter(id__gt=after)).order_by("id")
    pairs = {(userid, peer), (peer, userid)}
    return _messages(
        userid, *_page([rows.filter(sender=sender, recipient=to) for sender, to in pairs], limit)
    )


def group_history(userid: str, group_id: int, after: LogId, limit: int) -> tuple[list[Entry], bool]:
    """The next messages in a group from the membership periods of `userid`, and whether there are more."""
    periods = [rows.filter(group=group_id, id__gt=after) for rows in _within_periods(userid, after)]
    return _messages(userid, *_page([given(rows) for rows in periods], limit))


def readable_message(userid: str, id_: LogId) -> Entry | None:
    """The message as it was sent, if the person may read it: it is from or to the person, or in a group in a
    membership period of the person."""
    fields = Message.objects.filter(pk=id_, kind__in=KINDS).values_list(*ROW_FIELDS).first()
    message = fields and as_row(*fields)
    if not isinstance(message, Entry):
        return None
    if isinstance(message.to, str):
        return message if userid in (message.sender, message.to) else None
    periods = Membership.objects.filter(Q(until_id=None) | Q(until_id__gt=id_), since_id__lt=id_)
    return message if periods.filter(group=message.to, user=userid).exists() else None


def groups_of(userids: Collection[str]) -> dict[str, dict[int, LogId]]:
    """The groups in which each person is a member, and since which id."""
    periods = Membership.objects.current().filter(user__in=userids)
    # One row for each person: hundreds of rows would keep all others from the interpreter.
    colon = Value(":", output_field=TextField())
    period = Concat(Cast("group_id", TextField()), colon, Cast("since_id", TextField()))
    listed = periods.values_list("user").annotate(groups=_Listed(period)).order_by()
    found = {userid: _read_groups(groups) for userid, groups in listed}
    return {userid: found.get(userid, {}) for userid in userids}


def _read_groups(listed: str) -> dict[int, LogId]:
    periods = (period.split(":") for period in listed.split(","))
    return {int(group_id): int(since_id) for group_id, since_id in periods}


def with_unread(userids: Collection[str]) -> set[str]:
    """The people for whom the log has rows that were not delivered to them. People who have left a group
    since, with undelivered rows in it, are included."""
    to_person = Message.objects.filter(recipient=OuterRef("pk"), id__gt=OuterRef("delivered_id"))
    people = User.objects.filter(pk__in=userids)
    # The later of two bounds: a database that begins at the earlier one reads all rows between them.
    after = Greatest(OuterRef("since_id"), OuterRef("user__delivered_id"))
    to_group = Message.objects.filter(group=OuterRef("group"), id__gt=after)
    periods = Membership.objects.current().filter(user__in=userids)
    ended = Membership.objects.ended().filter(user=OuterRef("pk"), last_id__gt=OuterRef("delivered_id"))
    return {
        *_having(people, to_person.exclude(sender=OuterRef("pk"))).values_list("pk", flat=True),
        *_having(periods, to_group.exclude(sender=OuterRef("user"))).values_list("user", flat=True),
        *_having(people, ended, "last_id").values_list("pk", flat=True),
    }


def is_member(userid: str, group_id: int) -> bool:
    """Whether the person is a member of the group now."""
    return Membership.objects.current().filter(user=userid, group=group_id).exists()


def is_group(group_id: int) -> bool:
    """Whether the group exists and was not dissolved."""
    return Group.objects.alive().filter(pk=group_id).exists()


def _having(rows: QuerySet[Any], others: QuerySet[Any], by: str = "id") -> QuerySet[Any]:
    """Those of `rows` for which one of the correlated `others` exists. It is found by an index that ends in
    `by`."""
    # Not EXISTS: PostgreSQL turns it into a join that may read the whole log.
    first = Subquery(others.order_by(by).values(by)[:1])
    having: QuerySet[Any] = rows.annotate(first=first).exclude(first=None)
    return having


# Where a membership period begins, and where it ends. What stands there need not be the notice of it: other
# rows do in a log that was imported.
_BETWEEN_ENDS = (
    ["{row}.id > {period}.since_id"],
    ["{row}.id < {period}.until_id", "{period}.last_id > %s"],
)
_WITH_ENDS = (
    ["{row}.id >= {period}.since_id", f"({{row}}.id > {{period}}.since_id OR {{row}}.kind = '{NOTICE}')"],
    [
        "{row}.id <= {period}.until_id",
        f"({{row}}.id < {{period}}.until_id OR {{row}}.kind = '{NOTICE}')",
        "{period}.until_id > %s",
    ],
)


def _within_periods(userid: str, after: LogId, *, with_ends: bool = False) -> list[QuerySet[Message]]:
    """The rows in the log from the person's current membership periods, and from those ended periods that
    contain rows after the row `after`. `with_ends`: with the notices by which they begin and end."""
    begun, ending = _WITH_ENDS if with_ends else _BETWEEN_ENDS
    current = _joined_to_periods(["{period}.until_id IS NULL", *begun], [userid])
    ended = ["{period}.until_id IS NOT NULL", *begun, *ending]
    # Sorted by an expression that no index has: otherwise PostgreSQL may read the whole log for the few rows
    # in these periods.
    return [current.order_by("id"), _joined_to_periods(ended, [userid, after]).order_by(F("id") + 0)]


# Of a message from before the period only its recall is given, and nothing that undoes it.
_OF_WHAT_WAS_READ = (
    "({row}.target > {period}.since_id "
    f"OR {{row}}.kind NOT IN ('{EDIT}', '{REACTION}', '{RECALL}') "
    f"OR ({{row}}.kind = '{RECALL}' AND {{row}}.extension <> '{OFF}'))"
)


def _joined_to_periods(conditions: list[str], params: list[str | int]) -> QuerySet[Message]:
    # Written by hand: Django would join by way of the group, and PostgreSQL would then read, for each period,
    # every row of that group.
    names = {"row": Message._meta.db_table, "period": Membership._meta.db_table}
    always = ["{row}.group_id = {period}.group_id", "{period}.user_id = %s", _OF_WHAT_WAS_READ]
    where = [condition.format(**names) for condition in always + conditions]
    return Message.objects.extra(tables=[names["period"]], where=where, params=params)


def _received(userid: str, span: Q) -> QuerySet[Message]:
    return Message.objects.filter(span, recipient=userid).exclude(sender=userid).order_by("id")


def given(rows: QuerySet[Message]) -> QuerySet[Message]:
    """The messages among the rows that are not recalled."""
    recalls = Message.objects.filter(target=OuterRef("pk"), kind=RECALL)
    # Not EXISTS, for the reason given in `_having`.
    off = Value(OFF, TextField())
    last = Coalesce(Subquery(recalls.order_by("-id").values("extension")[:1]), off)
    # Not `last = 'off'`, which PostgreSQL takes to be true of almost none: it would read and sort all rows.
    is_given = Case(When(Exact(last, off), then=Value(1)), default=Value(0))
    return rows.filter(kind__in=KINDS).annotate(is_given=is_given).filter(is_given__gt=0)


def _messages(userid: str, rows: list[Row], more: bool) -> tuple[list[Entry], bool]:
    page, more = _as_now(userid, rows, more)
    return [row for row in page if isinstance(row, Entry)], more


def _as_now(userid: str, rows: list[Row], more: bool) -> tuple[list[Served], bool]:
    """The page with its messages as they are now. With longer contents it has fewer rows."""
    page: list[Served] = []
    room = PAGE_CHARACTERS
    for row in as_now(rows, userid):
        page.append(row)
        room -= len(row.content) if isinstance(row, Entry | Amendment) else 0
        if room < 0:
            break
    return page, more or len(page) < len(rows)


def _page(querysets: list[QuerySet[Message]], limit: int) -> tuple[list[Row], bool]:
    """The first rows of all `querysets`, which are ordered by id: as many as fill a page; and whether there
    are more."""
    # Else a person who leaves a group between two of the reads has the rows there in neither, or in both.
    with snapshot():
        return fill_page(merged([outlines(rows, limit + 1) for rows in querysets]), limit)


def merged(found: list[Iterator[Fields]], *, newest_first: bool = False) -> Iterator[Fields]:
    """All of `found`, each of which is in the order of its ids, in that order."""
    return merge(*found, key=_id, reverse=newest_first)


def fill_page(found: Iterator[Fields], limit: int) -> tuple[list[Row], bool]:
    """The first rows of `found`: as many as fill a page; and whether there are more."""
    page: list[Row] = []
    room = PAGE_CHARACTERS
    for outline in found:
        is_cut = max(map(len, _texts(outline))) > LIGHT_CHARACTERS
        fields = _whole(_id(outline)) if is_cut else outline
        page.append(as_row(*fields))
        room -= _weight(fields)
        if room < 0 or len(page) == limit:
            break
    return page, next(found, None) is not None


def outlines(rows: QuerySet[Message], limit: int, *, newest_first: bool = False) -> Iterator[Fields]:
    """The fields of the rows in the order of their ids; of long texts only the beginning. The rows must be in
    that order."""
    # A database reads the whole row even for a beginning. So a few rows are read first, and the rest only if
    # they do not fill a page.
    first = list(rows.values_list(*OUTLINE)[: min(limit, FIRST_ROWS)])
    yield from first
    if FIRST_ROWS == len(first) < limit:
        # Not as instances of the model: creating them costs more than reading the rows.
        last = _id(first[-1])
        rest = rows.filter(id__lt=last) if newest_first else rows.filter(id__gt=last)
        yield from rest.values_list(*OUTLINE)[: limit - FIRST_ROWS]


def _whole(id: int) -> Fields:
    fields: Fields | None = Message.objects.filter(pk=id).values_list(*ROW_FIELDS).first()
    if fields is None:
        raise DatabaseError("a row was removed while it was read")
    return fields


def _weight(fields: Fields) -> int:
    return sum(map(len, _texts(fields)))
