"""Who may know messages of a group from before joining it: who left it and came back, and everybody in a
group that shows its members everything."""

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
    """That the person of a membership period could read the message of its group in one that has ended.
    `target`: its id, in SQL."""
    # Not EXISTS, which PostgreSQL may turn into a join.
    return (
        f"(SELECT 1 FROM {_PERIOD} earlier WHERE earlier.group_id = {_PERIOD}.group_id"
        f" AND earlier.user_id = {_PERIOD}.user_id AND {_COULD_READ.format(target=target)} LIMIT 1) IS NOT NULL"
    )


def earlier_readers(latecomers: Iterable[Latecomers]) -> set[tuple[LogId, str]]:
    """Each message together with each of the people who could read it before they left the group,
    or may read all of it. Raises DatabaseError."""
    return {(late.target, userid) for late in latecomers for userid in _earlier_readers_of(late)}


def _earlier_readers_of(late: Latecomers) -> list[str]:
    people, listed = among(late.userids)
    came_back = [
        userid for (userid,) in fetch(_EARLIER_READERS + people, late.group, *[late.target] * 3, *listed)
    ]
    return [*came_back, *who_reads_all(late.group, late.userids)]
