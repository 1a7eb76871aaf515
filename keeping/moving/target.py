"""The PostgreSQL database that everything is moved into: Django's default database. All functions raise
DatabaseError."""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder

from chat.delivery.cluster import installation
from chat.readers import tsvector
from firstserver.alone import is_alone, reconnected
from keeping.backups.facts import MIGRATIONS, ask
from keeping.errors import MaintenanceRefused
from keeping.moving.source import Key, decode_key, encode_key
from keeping.moving.tables import Table
from keeping.unfinished import BEGUN, MOVE

PROGRESS = "keeping_move_progress"
# The tables that migrations and the first start of a server fill.
_FILLED_BY_ITSELF = {
    "auth_group",
    "auth_group_permissions",
    "auth_permission",
    "chat_installation",
    "chat_logreader",
    "django_content_type",
    "moderation_minute",
    "moderation_process",
    "notifications_lease",
}
_IN_USE = "Somebody else uses the PostgreSQL database: stop every server of im66, and run this again."
# The number is arbitrary, but the same for every move.
_LOCK = 0x6D6F7665
# Fixed formats for times and numbers, no timeout while this program is busy, and memory to build the search
# index in few parts.
_SESSION = """
    SET timezone = 'UTC'; SET datestyle = 'ISO'; SET extra_float_digits = 1;
    SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0; SET maintenance_work_mem = '256MB'
"""
_CHUNK_CHARACTERS = 256 * 1024
_READ_ROWS = 5000
_SPECIAL = re.compile(r"[\\\n\r\t]")
_ESCAPES = {"\\": r"\\", "\n": r"\n", "\r": r"\r", "\t": r"\t"}

# The key of a row, and its values as PostgreSQL's texts.
Row = tuple[Any, Sequence[str | None]]


@contextmanager
def exclusive_session() -> Iterator[None]:
    """Hold the lock of the move in the block. Raises MaintenanceRefused if another move or a server is
    connected to the database."""
    # The connections of the pool would count as those of a server.
    with reconnected(pool=None):
        _run(_SESSION)
        if ask("SHOW server_encoding")[0][0] != "UTF8":
            raise MaintenanceRefused(
                "The PostgreSQL database must have the encoding UTF8: create it with ENCODING 'UTF8'."
            )
        if not ask(f"SELECT pg_try_advisory_lock({_LOCK})")[0][0] or not is_alone():
            raise MaintenanceRefused(_IN_USE)
        yield


def begun_move() -> str | None:
    """Return the name of the move into this database; None if none has begun."""
    return str(ask(f"SELECT name FROM {MOVE}")[0][0]) if MOVE in _table_names() else None


def require_empty(tables: Sequence[Table]) -> None:
    """Raises MaintenanceRefused if there is more in the database than `manage.py migrate` makes."""
    names, known = _table_names(), {table.name for table in tables}
    if unknown := sorted(names - known - {MIGRATIONS, tsvector.TABLE}):
        raise MaintenanceRefused(f"The PostgreSQL database is not empty: there is a table {unknown[0]}.")
    for name in sorted(names & known - _FILLED_BY_ITSELF):
        if ask(f'SELECT 1 FROM "{name}" LIMIT 1'):
            raise MaintenanceRefused(f"The PostgreSQL database is not empty: {name} has rows.")


def mark_begun(name: str) -> None:
    """Mark the database as the target of this move. Servers refuse to serve from it until `finish`. Raises
    MaintenanceRefused if a server has connected meanwhile."""
    with transaction.atomic():
        _run(f"CREATE TABLE {MOVE} (name varchar(64) NOT NULL, state varchar(16) NOT NULL)")
        _run(f"INSERT INTO {MOVE} VALUES (%s, %s)", name, BEGUN)
        # Without this table, a marked database is refused by `migrate`.
        MigrationRecorder(connection).ensure_schema()
    if not is_alone():
        raise MaintenanceRefused(_IN_USE)


def is_prepared() -> bool:
    return PROGRESS in _table_names()


def prepare(tables: Sequence[Table]) -> None:
    """Delete the rows that migrations have written, and drop the search index until all rows are copied."""
    with transaction.atomic():
        _run(f"CREATE TABLE {PROGRESS} (name text PRIMARY KEY, last_key text NOT NULL, rows bigint NOT NULL)")
        for table in reversed(tables):
            if table.name in _FILLED_BY_ITSELF:
                _run(f'DELETE FROM "{table.name}"')
        # Filling the index row by row takes ten times as long as building it afterwards.
        _run(tsvector.DROP_INDEX)


def copy_progress(name: str) -> tuple[Key | None, int]:
    """Return the last key of this table that was copied, and the number of copied rows."""
    rows = ask(f"SELECT last_key, rows FROM {PROGRESS} WHERE name = '{name}'")
    return (decode_key(rows[0][0]), int(rows[0][1])) if rows else (None, 0)


def copy_rows(name: str, columns: Sequence[str], lines: Iterable[Row]) -> int:
    """Insert rows into the table and record the progress, in one transaction. Return the number of rows."""
    names = ", ".join(f'"{column}"' for column in columns)
    with transaction.atomic(), connection.cursor() as cursor:
        counter = _RowCounter(lines)
        with cursor.copy(f'COPY "{name}" ({names}) FROM STDIN') as copy:
            for chunk in _copy_chunks(counter):
                copy.write(chunk)
        if counter.rows:
            cursor.execute(
                f"INSERT INTO {PROGRESS} AS recorded VALUES (%s, %s, %s) ON CONFLICT (name) "
                "DO UPDATE SET last_key = excluded.last_key, rows = recorded.rows + excluded.rows",
                [name, encode_key(counter.last_key), counter.rows],
            )
    return counter.rows


def read_rows(table: Table) -> Iterator[Sequence[str | None]]:
    """Return all rows of the table as texts, sorted by key as SQLite sorts them."""
    names = ", ".join(f'"{column.name}"::text' for column in table.columns)
    # The database's own collation may sort otherwise.
    collation = "" if ask(_IS_NUMBER.format(table.name, table.key_name)) else 'COLLATE "C"'
    key = f'"{table.name}"."{table.key_name}"'
    return _stream(f'SELECT {names} FROM "{table.name}" ORDER BY {key} {collation}')


def document_sizes() -> Iterator[Sequence[Any]]:
    """Return the ids in the search index, each with its number of lexemes."""
    return _stream(f"SELECT id, length(words) FROM {tsvector.TABLE} ORDER BY id")


def set_last_key(table: Table, last_key: int) -> None:
    """Set the table's sequence, so that the next row gets a greater key."""
    if last_key:
        _run("SELECT setval(pg_get_serial_sequence(%s, %s), %s)", f'"{table.name}"', table.key_name, last_key)


def make_search_index() -> None:
    _run(tsvector.MAKE_INDEX)


def finish(log: str) -> None:
    """Remove the mark, so that servers may serve from the database. `log`: the name by which clients know
    the log; empty if it has none."""
    key = installation.installation_key()
    with transaction.atomic():
        if log:
            _run("UPDATE chat_installation SET kept_log = %s", installation.bind_log_name(log, key))
        _run(f"DROP TABLE {PROGRESS}")
        _run(f"DROP TABLE {MOVE}")


def analyze() -> None:
    """Collect the planner's statistics: without them queries are slow until autovacuum runs."""
    _run("VACUUM (ANALYZE)")


_IS_NUMBER = """
    SELECT 1 FROM information_schema.columns WHERE table_schema = current_schema()
    AND table_name = '{}' AND column_name = '{}' AND data_type IN ('smallint', 'integer', 'bigint')
"""


class _RowCounter:
    """Iterates over the values of rows. `rows`: how many were read so far. `last_key`: the key of the last
    of them."""

    def __init__(self, lines: Iterable[Row]) -> None:
        self._lines = lines
        self.rows = 0
        self.last_key: Any = None

    def __iter__(self) -> Iterator[Sequence[str | None]]:
        for key, line in self._lines:
            self.last_key = key
            self.rows += 1
            yield line


def _copy_chunks(lines: Iterable[Sequence[str | None]]) -> Iterator[str]:
    """Yield the rows in the text format of COPY, in chunks."""
    chunk: list[str] = []
    characters = 0
    for line in lines:
        text = "\t".join(map(_escaped, line))
        chunk.append(text)
        characters += len(text)
        if characters > _CHUNK_CHARACTERS:
            yield "\n".join(chunk) + "\n"
            chunk, characters = [], 0
    if chunk:
        yield "\n".join(chunk) + "\n"


def _escaped(value: str | None) -> str:
    if value is None:
        return r"\N"
    return _SPECIAL.sub(lambda match: _ESCAPES[match[0]], value) if _SPECIAL.search(value) else value


def _stream(statement: str) -> Iterator[Sequence[Any]]:
    """Yield the rows of a query through a server-side cursor, a portion at a time."""
    with transaction.atomic(), connection.connection.cursor("im66_moved") as cursor:
        cursor.itersize = _READ_ROWS
        cursor.execute(statement)
        yield from cursor


def _table_names() -> set[str]:
    return {*connection.introspection.table_names()}


def _run(statement: str, *params: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, params or None)
