"""Finds the members who may read messages of a group from before they joined: members who left and rejoined,
and all members of a group that shows them its whole history."""

from collections.abc import Iterable

from accounts.statements import among, fetch
from log.models import Membership
from log.periods import who_reads_all
from log.rows import Latecomers, LogId

_PERIOD = Membership._meta.db_table
# No row of the group in a period is later than its last_id, by which the index finds the period.
_COULD_READ = (
    "earlier.until_id IS NOT NULL AND earlier.last_id >= {target} AND earlier.since_id < {target}"
    " AND earlier.until_id > {target}"
)
_EARLIER_READERS = (
    f"SELECT DISTINCT earlier.user_id FROM {_PERIOD} earlier"
    f" WHERE earlier.group_id = %s AND {_COULD_READ.format(target='%s')} AND earlier.user_id "
)


def had_read_sql(target: str) -> str:
    """Return the SQL condition that the person of a membership period could read a message of the group in an
    earlier period, which has ended. `target`: the message id, in SQL."""
    # Not EXISTS, which PostgreSQL may turn into a join.
    return (
        f"(SELECT 1 FROM {_PERIOD} earlier WHERE earlier.group_id = {_PERIOD}.group_id"
        f" AND earlier.user_id = {_PERIOD}.user_id AND {_COULD_READ.format(target=target)}"
        " LIMIT 1) IS NOT NULL"
    )


def earlier_readers(latecomers: Iterable[Latecomers]) -> set[tuple[LogId, str]]:
    """Return pairs of a message and a latecomer who may read it: who could read it before leaving the group,
    or who may read the whole history. Raise DatabaseError."""
    return {(late.target, userid) for late in latecomers for userid in _earlier_readers_of(late)}


def _earlier_readers_of(late: Latecomers) -> list[str]:
    people, listed = among(late.userids)
    came_back = [
        userid for (userid,) in fetch(_EARLIER_READERS + people, late.group, *[late.target] * 3, *listed)
    ]
    return [*came_back, *who_reads_all(late.group, late.userids)]
