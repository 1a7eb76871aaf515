"""The import: reads everything, sorts it, writes it in one transaction."""

import time
from collections.abc import Callable, Iterator
from itertools import groupby
from operator import itemgetter

from django.conf import settings
from django.db import connection

from chat.reading.selectors import is_used
from firstserver.alone import alone
from firstserver.errors import CannotImport
from firstserver.models import FinishedImport
from firstserver.ordering import order
from firstserver.reading import Bounds, Reader
from firstserver.report import Report
from firstserver.resolving import resolve
from firstserver.source import Source, opened, place_of
from firstserver.staging import Staging, staging
from firstserver.track import Track
from firstserver.writing import ImportWriter
from log.appending import NoSpace
from log.models import Group

Say = Callable[[str], object]

_COUNTS = [
    "SELECT count(*) FROM person",
    "SELECT count(*) FROM group_ WHERE NOT dissolved",
    "SELECT count(*) FROM member",
    "SELECT count(*) FROM ordered",
    "SELECT count(DISTINCT userid) FROM waiting",
]


def import_everything(url: str, *, dry_run: bool, say: Say, track: Track) -> None:
    """Import the first server's data from the Redis at `url`, or only say what that would do. Raises
    CannotImport and DatabaseError; then nothing was imported.

    `say` gets each line of the report. `track(rows, total, what)` passes on what is done.
    """
    place = place_of(url)
    if finished := FinishedImport.objects.first():
        say(_nothing_left(finished, place))
        return
    _check_empty()
    if not dry_run:
        # Asked for now already, so that nobody waits for an answer that is known.
        with alone():
            pass
    with staging() as staged:
        report = Report()
        next_group = _stage(url, staged, report, track, dry_run=dry_run)
        if dry_run:
            _tell(staged, report, say, "would be imported")
            return
        with alone():
            _check_empty()
            _write(staged, next_group, place, track)
        _tell(staged, report, say, "were imported")
    _analyze()


def _nothing_left(finished: FinishedImport, place: str) -> str:
    """Raises CannotImport if what was imported came from another place."""
    when = f"{finished.finished_at:%Y-%m-%d %H:%M} UTC"
    if finished.source not in ("", place):
        raise CannotImport(
            f"This database has the data of another Redis already: {finished} were imported from"
            f" {finished.source} at {when}, and {place} is another one: import it into a new database."
        )
    return f"Nothing is left to do: {finished} were imported at {when}."


def _stage(url: str, staged: Staging, report: Report, track: Track, *, dry_run: bool) -> int:
    """Read and sort. Returns the next group's id."""
    with opened(url) as source:
        if not dry_run:
            _check_stopped(source)
        bounds = Bounds(
            settings.IM66.max_name_length,
            settings.IM66.max_notice_length,
            settings.IM66.max_frame_bytes,
            int(time.time()),
        )
        reader = Reader(source, staged, report, bounds)
        reader.read(track)
    resolve(staged, report)
    _check_found(staged)
    order(staged, track)
    find_periods(staged)
    return reader.next_group


def _write(staged: Staging, next_group: int, place: str, track: Track) -> None:
    try:
        ImportWriter(staged, next_group, track).write()
    except NoSpace as error:
        raise CannotImport("The disk of the database has too little room left: IM66_MIN_FREE_MB.") from error
    people, groups, _, messages, _ = map(staged.number, _COUNTS)
    FinishedImport.objects.create(id=1, people=people, groups=groups, messages=messages, source=place)


def _check_empty() -> None:
    """Raises CannotImport if the database has messages or groups of its own."""
    if is_used():
        raise CannotImport(
            "The log already holds messages: import into a new database, before its first use."
        )
    if group := Group.objects.first():
        raise CannotImport(f"The database already has a group with the id {group.pk}: import into a new one.")


def _check_stopped(source: Source) -> None:
    if others := source.others():
        raise CannotImport(
            f"Somebody else is connected to the first server's Redis ({', '.join(others)}): stop the first "
            "server, and run this again."
        )


def _check_found(staged: Staging) -> None:
    if not staged.number("SELECT count(*) FROM person"):
        raise CannotImport("This Redis has nothing of the first server, whose data is in database 1: .../1.")


def _analyze() -> None:
    # PostgreSQL plans by statistics, and would collect them only minutes later.
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


def _tell(staged: Staging, report: Report, say: Say, what: str) -> None:
    people, groups, members, messages, owners = map(staged.number, _COUNTS)
    say(f"{people:,} people, {groups:,} groups, {members:,} memberships and {messages:,} messages {what}.")
    say(f"The messages wait for {owners:,} people.")
    if lines := report.lines():
        say("Left out or changed:")
    for line in lines:
        say(line)


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
    """Make the table `period`: the membership periods that let each person read exactly the group messages
    that waited for that person. A period covers a run of the group's messages: all of them waited for the
    person, or are the person's own, which nobody is sent. `first` and `last` are positions of the table
    `ordered`. `ends`: the group's last message is in the run, so it can go on."""
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
