"""Which membership periods let each person read exactly the group messages that waited for that person.

A period covers a run of the group's messages: all of them waited for the person, or are the person's own,
which nobody is sent. Positions are those of the table `ordered`.
"""

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter

from firstserver.staging import Staging

_GROUP_ROWS = """
    CREATE TABLE group_row AS
    SELECT message, gid, sender, position, row_number() OVER (PARTITION BY gid ORDER BY position) AS number
    FROM ordered JOIN message ON message.id = ordered.message WHERE gid IS NOT NULL
"""
_EVENTS = """
    SELECT gid, userid, number, position, 0 AS own
    FROM waiting JOIN group_row ON group_row.message = waiting.message
    UNION ALL SELECT gid, sender, number, position, 1 FROM group_row
    ORDER BY gid, userid, number
"""
_PERIODS = """
    CREATE TABLE period (
        gid INTEGER, userid TEXT, first INTEGER, last INTEGER, ends INTEGER, PRIMARY KEY (gid, userid, first)
    ) WITHOUT ROWID
"""

# (gid, userid, number in the group, position, whether it is the person's own)
Event = tuple[int, str, int, int, int]
# The positions of the first and the last message, and the number of the last one in the group.
Run = tuple[int, int, int]


def find_periods(staging: Staging) -> None:
    """Make the table `period`. `ends`: the group's last message is in the run, so it can go on."""
    staging.change(_GROUP_ROWS)
    staging.change("CREATE UNIQUE INDEX by_message ON group_row (message)")
    staging.change(_PERIODS)
    sizes = dict(staging.ask("SELECT gid, count(*) FROM group_row GROUP BY gid"))
    for (gid, userid), events in groupby(staging.ask(_EVENTS), key=itemgetter(0, 1)):
        rows = ((gid, userid, first, last, end == sizes[gid]) for first, last, end in _runs(events))
        staging.insert("period", rows)


def _runs(events: Iterator[Event]) -> Iterator[Run]:
    """The runs among one person's events in one group. A run has at least one message that waited."""
    # A number less its ordinal is the same within a run.
    for _, run in groupby(enumerate(events), key=lambda event: event[1][2] - event[0]):
        first = last = end = 0
        for _, (_, _, number, position, own) in run:
            end = number
            if not own:
                first, last = first or position, position
        if first:
            yield first, last, end
