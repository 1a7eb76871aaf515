"""Where the rows of a backlog or a history come from.

The statements are written by hand. To make one by a queryset takes longer than to read its rows, and every
login reads a backlog.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from django.db import connection

from accounts.statements import among, fetch
from chat.reading.filling import Fields, Read, outlined
from chat.reading.latecomers import had_read_sql
from log.amendments import not_recalled
from log.models import IS_MESSAGE, NO_AMENDMENT, Membership, Message
from log.periods import begins, reads_all, reads_everything
from log.rows import MEMBERSHIP, RECALL, LogId
from log.stored_rows import OFF

ROW, PERIOD = Message._meta.db_table, Membership._meta.db_table

_COLUMNS = outlined(ROW)
# A message that is not recalled.
UNRECALLED = f"{IS_MESSAGE.format(table=ROW)} AND {NO_AMENDMENT.format(table=ROW)} AND {not_recalled(ROW)}"
# Of a message that the person could not read only its recall is given, and nothing that undoes it.
_AMENDS_READABLE_MESSAGE = (
    f"({ROW}.target > {PERIOD}.since_id OR {NO_AMENDMENT.format(table=ROW)}"
    f" OR ({ROW}.kind = '{RECALL}' AND {ROW}.extension <> '{OFF}') OR {had_read_sql(f'{ROW}.target')}"
    f" OR {reads_all(PERIOD)})"
)
_IN_PERIOD = f"{ROW}.group_id = {PERIOD}.group_id AND {_AMENDS_READABLE_MESSAGE}"
# Where a membership period begins, and where it ends. What stands there need not be the notice of it: other
# rows do in a log that was imported, and where a group's first members begin.
_BEGUN, _NOT_ENDED = f"{ROW}.id > {PERIOD}.since_id", f"{ROW}.id < {PERIOD}.until_id"
_READABLE = f"{ROW}.id > {begins(PERIOD)}"
_BEGUN_WITH_NOTICE, _NOT_ENDED_WITH_NOTICE = (
    f"{ROW}.id >= {PERIOD}.since_id AND ({_BEGUN} OR {ROW}.kind = '{MEMBERSHIP}')",
    f"{ROW}.id <= {PERIOD}.until_id AND ({_NOT_ENDED} OR {ROW}.kind = '{MEMBERSHIP}')",
)
_CURRENT, _ENDED = f"{PERIOD}.until_id IS NULL", f"{PERIOD}.until_id IS NOT NULL"


def not_from_sql(whom: str) -> str:
    """That somebody else wrote the row, or nobody. `whom`: who did not, in SQL."""
    return f"({ROW}.sender_id <> {whom} OR {ROW}.sender_id IS NULL)"


@dataclass(frozen=True, slots=True)
class RowSource:
    """The rows of the log for which `where` is true; if `periods` says something, those in the membership
    periods for which that is true. `by`: by what SQLite sorts them. `ends`: the column of the last row in
    each period; then only periods with one after the row `after` count."""

    where: str
    params: tuple[str | int, ...]
    periods: str = ""
    of_periods: tuple[str | int, ...] = ()
    by: str = f"{ROW}.id"
    ends: str = ""
    after: LogId = 0

    def only(self, where: str, *params: str | int) -> "RowSource":
        """Those for which this is true as well."""
        return replace(self, where=f"{self.where} AND {where}", params=(*self.params, *params))

    def not_from(self, userid: str) -> "RowSource":
        return self.only(not_from_sql("%s"), userid)

    def later_than(self, after: LogId) -> "RowSource":
        return self.only(f"{ROW}.id > %s", after)

    def between(self, after: LogId, upto: LogId) -> "RowSource":
        """Those with after < id ≤ upto."""
        return self.later_than(after).only(f"{ROW}.id <= %s", upto)

    def reader(self, limit: int) -> Read:
        """Reads the outlines of the first `limit` rows, one portion after the other. Raises DatabaseError."""
        # Who has been in a group many times has rows here and there, and to look for them takes much longer
        # than to read them. So they are looked for once.
        return partial(_read_ids, self._ids(limit)) if self.periods else self._read

    def _read(self, after: LogId | None, limit: int) -> list[Fields]:
        source = self if after is None else self.later_than(after)
        return fetch(_first_of(ROW, source.where), *source.params, limit)

    def _ids(self, limit: int) -> list[LogId]:
        """Those of the first rows in the periods."""
        return self._ids_by_ends(limit) if self.ends else self._ids_in_periods(limit)

    def _with_late_ends(self) -> "RowSource":
        periods = f"{self.periods} AND {PERIOD}.{self.ends} > %s"
        return replace(self, periods=periods, of_periods=(*self.of_periods, self.after))

    def _ids_in_periods(self, limit: int) -> list[LogId]:
        is_postgresql = connection.vendor == "postgresql"
        return self._ids_in_each_period(limit) if is_postgresql else self._ids_at_once(limit)

    def _ids_at_once(self, limit: int) -> list[LogId]:
        statement = (
            f"SELECT {ROW}.id FROM {PERIOD}, {ROW} WHERE {self.periods} AND {self.where}"
            f" ORDER BY {self.by} LIMIT %s"
        )
        return [id_ for (id_,) in fetch(statement, *self.of_periods, *self.params, limit)]

    def _ids_in_each_period(self, limit: int) -> list[LogId]:
        # PostgreSQL is told to look into one period after the other. In a join it guesses, and for who has
        # been in a group many times it guesses that the whole log is soonest read.
        rows = f"SELECT {ROW}.id FROM {ROW} WHERE {self.where} ORDER BY {ROW}.id LIMIT %s"
        statement = (
            f"SELECT found.id FROM {PERIOD} CROSS JOIN LATERAL ({rows}) AS found"
            f" WHERE {self.periods} ORDER BY found.id LIMIT %s"
        )
        return [id_ for (id_,) in fetch(statement, *self.params, limit, *self.of_periods, limit)]

    def _ids_by_ends(self, limit: int) -> list[LogId]:
        """In the periods that end first, and in more as long as these do not have enough. Most periods have a
        row: so of thousands, no more are looked into than rows are wanted."""
        ids: list[LogId] = []
        rest, count = self, limit
        while len(ids) < limit and (ends := rest._first_ends(count)):
            some = rest._with_late_ends()
            if len(ends) < count:
                return ids + some._ids_in_periods(limit - len(ids))
            end = ends[-1]
            ids += some._upto(end)._ids_in_periods(limit - len(ids))
            rest, count = replace(rest.later_than(end), after=end), 2 * count
        return ids

    def _first_ends(self, count: int) -> list[LogId]:
        """Where the first of the periods end. Reads an index alone."""
        end, some = f"{PERIOD}.{self.ends}", self._with_late_ends()
        statement = f"SELECT {end} FROM {PERIOD} WHERE {some.periods} ORDER BY {end} LIMIT %s"
        return [last for (last,) in fetch(statement, *some.of_periods, count)]

    def _upto(self, end: LogId) -> "RowSource":
        """The rows up to this one, and only the periods that have begun there."""
        rows = self.only(f"{ROW}.id <= %s", end)
        return replace(
            rows,
            periods=f"{self.periods} AND {PERIOD}.since_id <= %s",
            of_periods=(*self.of_periods, end),
        )


def every_row(after: LogId) -> RowSource:
    """All rows of the log after `after`, for all recipients."""
    return RowSource(f"{ROW}.id > %s", (after,))


def received(userid: str) -> RowSource:
    """What others have sent to the person."""
    return RowSource(f"{ROW}.recipient_id = %s", (userid,)).not_from(userid)


def written(userid: str) -> RowSource:
    """What the person has sent to people, and what is stored as if it were."""
    return RowSource(f"{ROW}.sender_id = %s AND {ROW}.group_id IS NULL", (userid,))


def sent(sender: str, recipient: str) -> RowSource:
    """What one person has sent to another."""
    return RowSource(f"{ROW}.sender_id = %s AND {ROW}.recipient_id = %s", (sender, recipient))


def of_groups(
    userid: str, after: LogId, *, group: int | None = None, with_ends: bool = False
) -> list[RowSource]:
    """What the person may read in groups, or in `group`: the rows in the current membership periods, and
    those in the ended ones that have rows after `after`. `with_ends`: with the notices by which they begin
    and end."""
    begun = _BEGUN_WITH_NOTICE if with_ends else _BEGUN
    not_ended = _NOT_ENDED_WITH_NOTICE if with_ends else _NOT_ENDED
    # The notice of the end is not counted among the rows of the period.
    last = "until_id" if with_ends else "last_id"
    whose = f"{PERIOD}.user_id = %s"
    params: tuple[str | int, ...] = (userid,)
    if group is not None:
        whose, params = f"{whose} AND {PERIOD}.group_id = %s", (userid, group)
    return [
        RowSource(f"{_IN_PERIOD} AND {begun}", (), f"{whose} AND {_CURRENT}", params),
        RowSource(
            f"{_IN_PERIOD} AND {begun} AND {not_ended}",
            (),
            f"{whose} AND {_ENDED}",
            params,
            # There are few rows in them. Sorted by an expression that no index has, they are found by the
            # periods, and not by reading the log.
            by=f"{ROW}.id + 0",
            ends=last,
            after=after,
        ),
    ]


def history_of(userid: str, group: int, after: LogId) -> list[RowSource]:
    """What the person may read in the group, as `log.periods` has it, also from before joining it:
    the rows of the current period, and those of the ended ones that have rows after `after`."""
    current, ended = of_groups(userid, after, group=group)
    if not reads_everything(userid, group):
        return [current, ended]
    return [replace(current, where=f"{_IN_PERIOD} AND {_READABLE}")]


def _read_ids(ids: Sequence[LogId], after: LogId | None, limit: int) -> list[Fields]:
    """The outlines of the first rows among these with a greater id than `after`."""
    start = 0 if after is None else bisect_right(ids, after)
    some = ids[start : start + limit]
    if not some:
        return []
    listed, params = among(some)
    return fetch(_first_of(ROW, f"{ROW}.id {listed}"), *params, limit)


def _first_of(table: str, where: str) -> str:
    return f"SELECT {_COLUMNS} FROM {table} WHERE {where} ORDER BY {ROW}.id LIMIT %s"
