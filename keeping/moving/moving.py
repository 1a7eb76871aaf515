"""Moves a SQLite database: checks it, copies it in portions, compares every row, and opens the new one.

Whatever ends it, it can be begun again and goes on. Until it has ended, no server serves from either of the
two; afterwards none serves from the old one.
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
from keeping.moving.columns import REPLACEMENT, Unfit
from keeping.moving.source import Key, Source, opened
from keeping.moving.tables import Table, mended, not_moved, tables
from keeping.unfinished import MOVED

# Copied in one transaction.
PORTION_ROWS = 20_000
# How much of what does not fit is logged.
MAX_COMPLAINTS = 20
_OTHER_MOVE = "Another move has begun into the PostgreSQL database: empty that database first."

# Is called with a sentence for the operator.
Say = Callable[[str], object]


class Moved(NamedTuple):
    """`rows`: of how many all was moved. `documents`: how many of them can be searched."""

    rows: int
    documents: int
    tables: int


def check(path: Path, progress: Progress, say: Say, *, mend: bool) -> int:
    """Look through the database in this file, while servers may serve from it, and whether the other one can
    take it. Returns how many rows would be moved. Raises MaintenanceRefused; nothing is changed."""
    with opened(path, alone=False) as source, target.alone():
        to_move = tables()
        if target.begun() is None:
            target.require_empty(to_move)
        _require_version(source)
        return _require_fit(source, to_move, progress, say, mend=mend)


def move(path: Path, progress: Progress, say: Say, *, mend: bool) -> Moved:
    """Move the database in this file into Django's default one. Raises MaintenanceRefused."""
    with opened(path, alone=True) as source, target.alone():
        to_move = tables()
        name = _name(source, to_move)
        _require_version(source)
        total = _require_fit(source, to_move, progress, say, mend=mend)
        if target.begun() is None:
            target.begin(name)
        if source.move is None:
            source.begin(name)
        if not target.is_prepared():
            call_command("migrate", interactive=False, verbosity=0)
            target.prepare(to_move)
        documents = _copy(source, to_move, total, progress, mend=mend)
        _compare(source, to_move, total, progress, mend=mend)
        target.analyze()
        # The old one first: if it ends here, the new one waits for its end, and is not served from as well.
        source.finish()
        target.finish(_log_of(source))
        return Moved(total, documents, len(to_move))


def reopen(path: Path) -> str:
    """Let servers serve from the database in this file again. Returns how far its move was. Raises
    MaintenanceRefused."""
    with opened(path, alone=True) as source:
        if source.move is None:
            raise MaintenanceRefused("It was not moved: servers may serve from it.")
        _, state = source.move
        source.reopen()
        return state


def _name(source: Source, to_move: Sequence[Table]) -> str:
    """The name of this move: the one that has begun on both sides, or a new one. Raises
    MaintenanceRefused."""
    here, there = source.move, target.begun()
    if there is None:
        target.require_empty(to_move)
        if here and here[1] == MOVED:
            raise MaintenanceRefused(
                "It was moved already. To move it once more, give that up first: --reopen."
            )
        return here[0] if here else secrets.token_hex(16)
    is_the_same = here is not None and here[0] == there
    # It may have ended before it marked this one, and so before it copied anything.
    if not is_the_same and (here or target.is_prepared()):
        raise MaintenanceRefused(_OTHER_MOVE)
    return there


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


def _require_fit(
    source: Source, to_move: Sequence[Table], progress: Progress, say: Say, *, mend: bool
) -> int:
    """Look at every value. Returns how many rows there are. Raises MaintenanceRefused, when all that does not
    fit was told of."""
    if damage := source.damage():
        raise MaintenanceRefused(f"The file is damaged: {damage}.")
    for name in not_moved(source.names(), to_move):
        say(f"The table {name} is not im66's, and is left behind.")
    total = sum(source.count(table.name) for table in to_move)
    complaints = _Complaints(say, mend=mend)
    with progress("checking", total) as advance:
        for table in to_move:
            for row in source.rows(table):
                _check_row(table, row, complaints)
                advance(1)
    for name, number, other in source.orphans():
        complaints.add(f"{name}, row {number}: names a row of {other} that is not there", is_mended=False)
    complaints.require_none()
    return total


def _check_row(table: Table, row: Sequence[Any], complaints: "_Complaints") -> None:
    try:
        table.fit(row, mend=False)
    except Unfit:
        for column, unfit in table.unfit(row):
            key = row[table.key]
            where = key.decode(errors="replace") if isinstance(key, bytes) else key
            complaints.add(
                f"{table.name} {where!r}, {column.name}: {unfit}", is_mended=mended(column, unfit) is not None
            )


class _Complaints:
    """What does not fit: the first values are logged, the rest is counted."""

    def __init__(self, say: Say, *, mend: bool) -> None:
        self._say = say
        self._mend = mend
        self._can_mend = self._cannot = 0

    def add(self, sentence: str, *, is_mended: bool) -> None:
        self._can_mend += is_mended
        self._cannot += not is_mended
        number = self._can_mend + self._cannot
        if number <= MAX_COMPLAINTS:
            self._say(f"{sentence}{', and is mended' if is_mended and self._mend else ''}.")
        elif number == MAX_COMPLAINTS + 1:
            self._say("There is more, which is only counted.")

    def require_none(self) -> None:
        """Raises MaintenanceRefused unless all of it is to be mended."""
        if self._cannot:
            raise MaintenanceRefused(
                f"PostgreSQL refuses {self._cannot} of its values, and nothing can take their place: change "
                "or delete these rows by hand, and run this again."
            )
        if self._can_mend and not self._mend:
            raise MaintenanceRefused(
                f"PostgreSQL refuses {self._can_mend} of its values. With --mend, {REPLACEMENT} takes the "
                "place of characters that it refuses, and texts that are too long are cut."
            )


def _copy(source: Source, to_move: Sequence[Table], total: int, progress: Progress, *, mend: bool) -> int:
    """Copy what is not there yet. Returns how many documents the search index has."""
    with progress("copying", total) as advance:
        for table in to_move:
            names = [column.name for column in table.columns]
            # A row may name one that comes later.
            limit = -1 if table.refers_to_itself else PORTION_ROWS

            def lines(after: Key | None, table: Table = table, limit: int = limit) -> Iterator[target.Line]:
                return _lines(table, source.rows(table, after, limit), mend=mend)

            _copy_table(table.name, names, lines, advance)
            if table.rises:
                target.set_last_key(table, source.last_key(table))
    with progress("search index", source.count(_DOCUMENTS)) as advance:
        documents = _copy_table(tsvector.TABLE, ["id", "words"], lambda after: _texts(source, after), advance)
        target.make_search_index()
    return documents


_DOCUMENTS = "chat_search_document"


def _copy_table(
    name: str,
    columns: Sequence[str],
    lines: Callable[[Key | None], Iterable[target.Line]],
    advance: Callable[[int], object],
) -> int:
    """`lines(after)`: a portion of those after that key. Returns how many rows the table has then."""
    last_key, rows = target.progress(name)
    advance(rows)
    while target.store(name, columns, lines(last_key)):
        before = rows
        last_key, rows = target.progress(name)
        advance(rows - before)
    return rows


def _lines(table: Table, rows: Iterable[Sequence[Any]], *, mend: bool) -> Iterator[target.Line]:
    for row in rows:
        yield row[table.key], table.fit(row, mend=mend)


def _texts(source: Source, after: Key | None) -> Iterator[target.Line]:
    for id_, places, words in source.documents(after, PORTION_ROWS):
        yield id_, (str(id_), tsvector.document_text(id_, places, words))


def _compare(source: Source, to_move: Sequence[Table], total: int, progress: Progress, *, mend: bool) -> None:
    """Read both sides, and raise MaintenanceRefused at the first row that is not the same."""
    with progress("comparing", total) as advance:
        for table in to_move:
            here = (table.fit(row, mend=mend) for row in source.rows(table))
            for mine, theirs in zip_longest(here, target.rows(table)):
                if mine is None or theirs is None or _same(table, mine) != _same(table, theirs):
                    raise MaintenanceRefused(_differs(table.name, (mine or theirs or ())[table.key]))
                advance(1)
    texts = ((id_, len({*tsvector.lexemes(id_, places, words)})) for id_, places, words in source.documents())
    with progress("comparing the search index", source.count(_DOCUMENTS)) as advance:
        for text, stored in zip_longest(texts, target.documents()):
            if text is None or stored is None or text != tuple(stored):
                raise MaintenanceRefused(_differs(tsvector.TABLE, (text or stored or ())[0]))
            advance(1)


def _differs(table: str, key: Any) -> str:
    return (
        f"{table} {key!r} is not the same on both sides: empty the PostgreSQL database, run "
        "`im66 movedatabase --reopen`, and move anew."
    )


def _same(table: Table, row: Sequence[str | None]) -> list[str | None]:
    return [
        value if value is None or column.same is None else column.same(value)
        for column, value in zip(table.columns, row, strict=True)
    ]


def _log_of(source: Source) -> str:
    """The name by which clients know the log: their places in it go on counting."""
    key, log_name = source.installation()
    if not key:
        return ""
    return installation.log_name_for(
        installation.derive_key(key, installation.sqlite_location(source.path)), log_name
    )
