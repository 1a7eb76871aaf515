"""Moves a SQLite database to PostgreSQL: validates it, copies it in portions and compares every row.

An interrupted move continues when it is started again. Until it is finished, no server serves from either
database; afterwards none serves from the old one.
"""

import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple

from django.core.management import call_command

from chat.delivery.cluster import installation
from chat.readers import tsvector
from keeping.backups.databases import known_migrations
from keeping.backups.progress import Progress
from keeping.errors import MaintenanceRefused
from keeping.moving import target
from keeping.moving.columns import REPLACEMENT, InvalidValue
from keeping.moving.source import Key, Source, open_source
from keeping.moving.tables import Table, replacement_for, tables, unknown_tables
from keeping.unfinished import MOVED

# The number of rows copied in one transaction.
PORTION_ROWS = 20_000
# The number of invalid values that are reported by name.
MAX_REPORTED_VALUES = 20
_OTHER_MOVE = "Another move has begun into the PostgreSQL database: empty that database first."

# Called with a sentence for the operator.
Report = Callable[[str], object]


class Moved(NamedTuple):
    """`documents`: the number of rows in the search index."""

    rows: int
    documents: int
    tables: int


def check(path: Path, progress: Progress, report: Report, *, mend: bool) -> int:
    """Check whether the database in this file can be moved. Changes nothing; servers may serve from the file
    meanwhile. Return the number of rows to move. Raises MaintenanceRefused."""
    with open_source(path, alone=False) as source, target.exclusive_session():
        to_move = tables()
        if target.begun_move() is None:
            target.require_empty(to_move)
        _require_version(source)
        return _validate_all(source, to_move, progress, report, mend=mend)


def move(path: Path, progress: Progress, report: Report, *, mend: bool) -> Moved:
    """Move the database in this file into Django's default one. Raises MaintenanceRefused."""
    with open_source(path, alone=True) as source, target.exclusive_session():
        to_move = tables()
        name = _move_name(source, to_move)
        _require_version(source)
        total = _validate_all(source, to_move, progress, report, mend=mend)
        if target.begun_move() is None:
            target.mark_begun(name)
        if source.move is None:
            source.mark_begun(name)
        if not target.is_prepared():
            call_command("migrate", interactive=False, verbosity=0)
            target.prepare(to_move)
        documents = _copy_tables(source, to_move, total, progress, mend=mend)
        _compare_tables(source, to_move, total, progress, mend=mend)
        target.analyze()
        # The old database first: a crash between the two lines must not leave both of them open to servers.
        source.mark_moved()
        target.finish(_log_name(source))
        return Moved(total, documents, len(to_move))


def reopen(path: Path) -> str:
    """Let servers serve from the database in this file again. Return the state of its move. Raises
    MaintenanceRefused."""
    with open_source(path, alone=True) as source:
        if source.move is None:
            raise MaintenanceRefused("It was not moved: servers may serve from it.")
        _, state = source.move
        source.reopen()
        return state


def _move_name(source: Source, to_move: Sequence[Table]) -> str:
    """Return the name of the move that has begun in both databases, or a new name. Raises
    MaintenanceRefused."""
    from_source, in_target = source.move, target.begun_move()
    if in_target is None:
        target.require_empty(to_move)
        if from_source and from_source[1] == MOVED:
            raise MaintenanceRefused(
                "It was moved already. To move it once more, give that up first: --reopen."
            )
        return from_source[0] if from_source else secrets.token_hex(16)
    is_the_same = from_source is not None and from_source[0] == in_target
    # An interrupted move may have marked only the target. Then it has not copied anything yet.
    if not is_the_same and (from_source or target.is_prepared()):
        raise MaintenanceRefused(_OTHER_MOVE)
    return in_target


def _require_version(source: Source) -> None:
    applied, known = source.migrations(), known_migrations()
    if newer := sorted(applied - known):
        raise MaintenanceRefused(
            f"A newer version of im66 made it, which this one cannot read: it has {newer[-1]}."
        )
    if known - applied:
        raise MaintenanceRefused(
            "It was not prepared for this version: run `im66 migrate` first, with DATABASE_URL naming it."
        )


def _validate_all(
    source: Source, to_move: Sequence[Table], progress: Progress, report: Report, *, mend: bool
) -> int:
    """Validate every value. Return the number of rows. Report all invalid values, and then raise
    MaintenanceRefused if there are any that may not be replaced."""
    if damage := source.damage():
        raise MaintenanceRefused(f"The file is damaged: {damage}.")
    for name in unknown_tables(source.table_names(), to_move):
        report(f"The table {name} is not im66's, and is left behind.")
    total = sum(source.count(table.name) for table in to_move)
    invalid = _InvalidValues(report, mend=mend)
    with progress("checking", total) as advance:
        for table in to_move:
            for row in source.rows(table):
                _check_row(table, row, invalid)
                advance(1)
    for name, number, other in source.orphans():
        invalid.add(f"{name}, row {number}: names a row of {other} that is not there", can_mend=False)
    invalid.require_none()
    return total


def _check_row(table: Table, row: Sequence[Any], invalid: "_InvalidValues") -> None:
    try:
        table.validate_row(row, mend=False)
    except InvalidValue:
        for column, error in table.invalid_values(row):
            key = row[table.key]
            shown = key.decode(errors="replace") if isinstance(key, bytes) else key
            can_mend = replacement_for(column, error) is not None
            invalid.add(f"{table.name} {shown!r}, {column.name}: {error}", can_mend=can_mend)


class _InvalidValues:
    """Reports the first invalid values and counts all of them."""

    def __init__(self, report: Report, *, mend: bool) -> None:
        self._report = report
        self._mend = mend
        self._mendable = self._unmendable = 0

    def add(self, sentence: str, *, can_mend: bool) -> None:
        self._mendable += can_mend
        self._unmendable += not can_mend
        number = self._mendable + self._unmendable
        if number <= MAX_REPORTED_VALUES:
            self._report(f"{sentence}{', and is mended' if can_mend and self._mend else ''}.")
        elif number == MAX_REPORTED_VALUES + 1:
            self._report("There is more, which is only counted.")

    def require_none(self) -> None:
        """Raises MaintenanceRefused if a value is invalid, unless `mend` is set and every one has a
        replacement."""
        if self._unmendable:
            raise MaintenanceRefused(
                f"PostgreSQL refuses {self._unmendable} of its values, and nothing can take their place: "
                "change or delete these rows by hand, and run this again."
            )
        if self._mendable and not self._mend:
            raise MaintenanceRefused(
                f"PostgreSQL refuses {self._mendable} of its values. With --mend, {REPLACEMENT} takes the "
                "place of characters that it refuses, and texts that are too long are cut."
            )


def _copy_tables(
    source: Source, to_move: Sequence[Table], total: int, progress: Progress, *, mend: bool
) -> int:
    """Copy the rows that are not copied yet. Return the number of documents in the search index."""
    with progress("copying", total) as advance:
        for table in to_move:
            names = [column.name for column in table.columns]
            # In one transaction, because a row may reference a later one.
            limit = -1 if table.references_itself else PORTION_ROWS

            def lines(after: Key | None, table: Table = table, limit: int = limit) -> Iterator[target.Row]:
                return _copy_rows(table, source.rows(table, after, limit), mend=mend)

            _copy_table(table.name, names, lines, advance)
            if table.has_serial_key:
                target.set_last_key(table, source.last_key(table))
    with progress("search index", source.count(_DOCUMENTS)) as advance:
        documents = _copy_table(
            tsvector.TABLE, ["id", "words"], lambda after: _search_rows(source, after), advance
        )
        target.make_search_index()
    return documents


_DOCUMENTS = "chat_search_document"


def _copy_table(
    name: str,
    columns: Sequence[str],
    lines: Callable[[Key | None], Iterable[target.Row]],
    advance: Callable[[int], object],
) -> int:
    """Copy one table. `lines(after)` returns the next rows after that key. Return the table's number of
    rows."""
    last_key, rows = target.copy_progress(name)
    advance(rows)
    while target.copy_rows(name, columns, lines(last_key)):
        before = rows
        last_key, rows = target.copy_progress(name)
        advance(rows - before)
    return rows


def _copy_rows(table: Table, rows: Iterable[Sequence[Any]], *, mend: bool) -> Iterator[target.Row]:
    for row in rows:
        yield row[table.key], table.validate_row(row, mend=mend)


def _search_rows(source: Source, after: Key | None) -> Iterator[target.Row]:
    for id_, places, words in source.documents(after, PORTION_ROWS):
        yield id_, (str(id_), tsvector.document_text(id_, places, words))


def _compare_tables(
    source: Source, to_move: Sequence[Table], total: int, progress: Progress, *, mend: bool
) -> None:
    """Compare all rows of the two databases. Raises MaintenanceRefused at the first difference."""
    with progress("comparing", total) as advance:
        for table in to_move:
            moved = (table.validate_row(row, mend=mend) for row in source.rows(table))
            for row, stored in zip_longest(moved, target.read_rows(table)):
                if row is None or stored is None or _normalized(table, row) != _normalized(table, stored):
                    raise MaintenanceRefused(_difference_text(table.name, (row or stored or ())[table.key]))
                advance(1)
    texts = ((id_, len({*tsvector.lexemes(id_, places, words)})) for id_, places, words in source.documents())
    with progress("comparing the search index", source.count(_DOCUMENTS)) as advance:
        for text, stored in zip_longest(texts, target.document_sizes()):
            if text is None or stored is None or text != tuple(stored):
                raise MaintenanceRefused(_difference_text(tsvector.TABLE, (text or stored or ())[0]))
            advance(1)


def _difference_text(table: str, key: Any) -> str:
    return (
        f"{table} {key!r} is not the same on both sides: empty the PostgreSQL database, run "
        "`im66 movedatabase --reopen`, and move anew."
    )


def _normalized(table: Table, row: Sequence[str | None]) -> list[str | None]:
    return [
        value if value is None or column.normalize is None else column.normalize(value)
        for column, value in zip(table.columns, row, strict=True)
    ]


def _log_name(source: Source) -> str:
    """Return the name by which clients know the log. Clients keep their positions in a log of the same name.
    Empty if the source has no installation."""
    key, log_name = source.installation()
    if not key:
        return ""
    return installation.log_name_for(
        installation.derive_key(key, installation.sqlite_location(source.path)), log_name
    )
