"""The import: reads all data, sorts it, and writes it in one transaction."""

import time
from collections.abc import Callable, Iterator
from itertools import groupby
from operator import itemgetter

from django.conf import settings
from django.db import connection

from chat.reading.selectors import is_used
from firstserver.alone import exclusive_database
from firstserver.errors import CannotImport
from firstserver.models import FinishedImport
from firstserver.ordering import order_messages
from firstserver.reading import Bounds, Reader
from firstserver.report import ImportReport
from firstserver.resolving import resolve
from firstserver.source import Source, database_address, open_source
from firstserver.staging import Staging, staging
from firstserver.track import Track
from firstserver.writing import ImportWriter
from log.appending import NoSpace
from log.models import Group

WriteLine = Callable[[str], object]

_COUNTS = [
    "SELECT count(*) FROM person",
    "SELECT count(*) FROM group_ WHERE NOT dissolved",
    "SELECT count(*) FROM member",
    "SELECT count(*) FROM ordered",
    "SELECT count(DISTINCT userid) FROM waiting",
]


def import_everything(url: str, *, dry_run: bool, write_line: WriteLine, track: Track) -> None:
    """Import the first server's data from the Redis at `url`; with `dry_run`, only report what would be
    imported. Raises CannotImport and DatabaseError; then nothing was imported.

    `write_line` gets each line of the report. `track(rows, total, what)` yields the rows and shows the
    progress.
    """
    address = database_address(url)
    if finished := FinishedImport.objects.first():
        write_line(_already_imported(finished, address))
        return
    _check_database_empty()
    if not dry_run:
        # Checked before the long import, so that the operator learns at once of a running server.
        with exclusive_database():
            pass
    with staging() as staged:
        report = ImportReport()
        next_group = _read_into_staging(url, staged, report, track, dry_run=dry_run)
        if dry_run:
            _write_report(staged, report, write_line, "would be imported")
            return
        with exclusive_database():
            _check_database_empty()
            _write(staged, next_group, address, track)
        _write_report(staged, report, write_line, "were imported")
    _analyze()


def _already_imported(finished: FinishedImport, address: str) -> str:
    """Return a line about the earlier import. Raises CannotImport if it was from another Redis."""
    when = f"{finished.finished_at:%Y-%m-%d %H:%M} UTC"
    if finished.source not in ("", address):
        raise CannotImport(
            f"This database has the data of another Redis already: {finished} were imported from"
            f" {finished.source} at {when}, and {address} is another one: import it into a new database."
        )
    return f"Nothing is left to do: {finished} were imported at {when}."


def _read_into_staging(
    url: str, staged: Staging, report: ImportReport, track: Track, *, dry_run: bool
) -> int:
    """Read and sort all data. Return the id of the next group."""
    with open_source(url) as source:
        if not dry_run:
            _check_first_server_stopped(source)
        bounds = Bounds(
            settings.IM66.max_name_length,
            settings.IM66.max_notice_length,
            settings.IM66.max_frame_bytes,
            int(time.time()),
        )
        reader = Reader(source, staged, report, bounds)
        reader.read(track)
    resolve(staged, report)
    if not staged.number("SELECT count(*) FROM person"):
        raise CannotImport("This Redis has nothing of the first server, whose data is in database 1: .../1.")
    order_messages(staged, track)
    find_periods(staged)
    return reader.next_group


def _write(staged: Staging, next_group: int, address: str, track: Track) -> None:
    try:
        ImportWriter(staged, next_group, track).write()
    except NoSpace as error:
        raise CannotImport("The disk of the database has too little room left: IM66_MIN_FREE_MB.") from error
    people, groups, _, messages, _ = map(staged.number, _COUNTS)
    FinishedImport.objects.create(id=1, people=people, groups=groups, messages=messages, source=address)


def _check_database_empty() -> None:
    """Raises CannotImport if the database has messages or groups already."""
    if is_used():
        raise CannotImport(
            "The log already holds messages: import into a new database, before its first use."
        )
    if group := Group.objects.first():
        raise CannotImport(f"The database already has a group with the id {group.pk}: import into a new one.")


def _check_first_server_stopped(source: Source) -> None:
    if other_clients := source.other_clients():
        raise CannotImport(
            f"Somebody else is connected to the first server's Redis ({', '.join(other_clients)}): stop the"
            " first server, and run this again."
        )


def _analyze() -> None:
    # PostgreSQL needs statistics for its plans, and would collect them only minutes later.
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


def _write_report(staged: Staging, report: ImportReport, write_line: WriteLine, what: str) -> None:
    people, groups, members, messages, owners = map(staged.number, _COUNTS)
    write_line(
        f"{people:,} people, {groups:,} groups, {members:,} memberships and {messages:,} messages {what}."
    )
    write_line(f"The messages wait for {owners:,} people.")
    if lines := report.lines():
        write_line("Left out or changed:")
    for line in lines:
        write_line(line)


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

# The group, the userid, the number in the group, the position, and whether it is the person's own message.
Event = tuple[int, str, int, int, int]
# The positions of the first and the last message, and the number of the last one in the group.
Run = tuple[int, int, int]


def find_periods(staging: Staging) -> None:
    """Create the table `period`: membership periods that let each person read exactly the group messages that
    waited for the person. A period covers a run of the group's messages, each of which waited for the person
    or was sent by the person. `first` and `last`: positions in the table `ordered`. `ends`: the run includes
    the group's last message, so the membership can continue."""
    staging.execute(_GROUP_ROWS)
    staging.execute("CREATE UNIQUE INDEX by_message ON group_row (message)")
    staging.execute(_PERIODS)
    sizes = dict(staging.query("SELECT gid, count(*) FROM group_row GROUP BY gid"))
    for (gid, userid), events in groupby(staging.query(_EVENTS), key=itemgetter(0, 1)):
        rows = ((gid, userid, first, last, end == sizes[gid]) for first, last, end in _runs(events))
        staging.insert("period", rows)


def _runs(events: Iterator[Event]) -> Iterator[Run]:
    """Yield the runs among one person's events in one group. A run has at least one waiting message."""
    # The difference of number and index is constant within a run.
    for _, run in groupby(enumerate(events), key=lambda event: event[1][2] - event[0]):
        first = last = end = 0
        for _, (_, _, number, position, own) in run:
            end = number
            if not own:
                first, last = first or position, position
        if first:
            yield first, last, end
