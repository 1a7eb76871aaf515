"""The PostgreSQL database into which all is moved: Django's default one. Everything raises DatabaseError."""

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
from keeping.moving.source import Key, key_from, key_text
from keeping.moving.tables import Table
from keeping.unfinished import BEGUN, MOVE

PROGRESS = "keeping_move_progress"
# What migrations and the first start of a server write by themselves.
_MADE_BY_ITSELF = {
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
_TAKEN = "Somebody else uses the PostgreSQL database: stop every server of im66, and run this again."
# The number is arbitrary, but the same for every move.
_LOCK = 0x6D6F7665
# So that no time or number is written otherwise, no pause of this program ends the connection, and the search
# index is made in few parts.
_SESSION = """
    SET timezone = 'UTC'; SET datestyle = 'ISO'; SET extra_float_digits = 1;
    SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0; SET maintenance_work_mem = '256MB'
"""
_CHUNK_CHARACTERS = 256 * 1024
_READ_ROWS = 5000
_SPECIAL = re.compile(r"[\\\n\r\t]")
_ESCAPES = {"\\": r"\\", "\n": r"\n", "\r": r"\r", "\t": r"\t"}

# A row as text, and its key as it is noted.
Line = tuple[Any, Sequence[str | None]]


@contextmanager
def alone() -> Iterator[None]:
    """In the block, nobody else moves anything into the database, and no server is connected when it begins.
    Raises MaintenanceRefused."""
    # The pool has connections of its own, which would be taken for those of others.
    with reconnected(pool=None):
        _run(_SESSION)
        if ask("SHOW server_encoding")[0][0] != "UTF8":
            raise MaintenanceRefused(
                "The PostgreSQL database must have the encoding UTF8: create it with ENCODING 'UTF8'."
            )
        if not ask(f"SELECT pg_try_advisory_lock({_LOCK})")[0][0] or not is_alone():
            raise MaintenanceRefused(_TAKEN)
        yield


def begun() -> str | None:
    """The name of the move that has begun here."""
    return str(ask(f"SELECT name FROM {MOVE}")[0][0]) if MOVE in _names() else None


def require_empty(tables: Sequence[Table]) -> None:
    """Raises MaintenanceRefused if there is anything but what `manage.py migrate` makes."""
    names, ours = _names(), {table.name for table in tables}
    if strange := sorted(names - ours - {MIGRATIONS, tsvector.TABLE}):
        raise MaintenanceRefused(f"The PostgreSQL database is not empty: there is a table {strange[0]}.")
    for name in sorted(names & ours - _MADE_BY_ITSELF):
        if ask(f'SELECT 1 FROM "{name}" LIMIT 1'):
            raise MaintenanceRefused(f"The PostgreSQL database is not empty: {name} has rows.")


def begin(name: str) -> None:
    """Mark the database as one into which this move goes: no server serves from it before `finish`. Raises
    MaintenanceRefused if one has come meanwhile."""
    with transaction.atomic():
        _run(f"CREATE TABLE {MOVE} (name varchar(64) NOT NULL, state varchar(16) NOT NULL)")
        _run(f"INSERT INTO {MOVE} VALUES (%s, %s)", name, BEGUN)
        # A marked database without it may not be migrated.
        MigrationRecorder(connection).ensure_schema()
    if not is_alone():
        raise MaintenanceRefused(_TAKEN)


def is_prepared() -> bool:
    return PROGRESS in _names()


def prepare(tables: Sequence[Table]) -> None:
    """Clear what the migrated database has made by itself."""
    with transaction.atomic():
        _run(f"CREATE TABLE {PROGRESS} (name text PRIMARY KEY, last_key text NOT NULL, rows bigint NOT NULL)")
        for table in reversed(tables):
            if table.name in _MADE_BY_ITSELF:
                _run(f'DELETE FROM "{table.name}"')
        # To fill it row by row takes ten times as long.
        _run(tsvector.DROP_INDEX)


def progress(name: str) -> tuple[Key | None, int]:
    """Up to which key the table is moved, and how many rows that are."""
    rows = ask(f"SELECT last_key, rows FROM {PROGRESS} WHERE name = '{name}'")
    return (key_from(rows[0][0]), int(rows[0][1])) if rows else (None, 0)


def store(name: str, columns: Sequence[str], lines: Iterable[Line]) -> int:
    """Add rows to the table, and note how far it is moved, in one transaction. Returns how many there
    were."""
    names = ", ".join(f'"{column}"' for column in columns)
    with transaction.atomic(), connection.cursor() as cursor:
        counted = _Counted(lines)
        with cursor.copy(f'COPY "{name}" ({names}) FROM STDIN') as copy:
            for chunk in _chunks(counted):
                copy.write(chunk)
        if counted.rows:
            cursor.execute(
                f"INSERT INTO {PROGRESS} AS noted VALUES (%s, %s, %s) ON CONFLICT (name) "
                "DO UPDATE SET last_key = excluded.last_key, rows = noted.rows + excluded.rows",
                [name, key_text(counted.last_key), counted.rows],
            )
    return counted.rows


def rows(table: Table) -> Iterator[Sequence[str | None]]:
    """All rows of the table as text, in the order of their keys that SQLite has."""
    names = ", ".join(f'"{column.name}"::text' for column in table.columns)
    # Not the order of the database's language.
    language = "" if ask(_IS_NUMBER.format(table.name, table.key_name)) else 'COLLATE "C"'
    key = f'"{table.name}"."{table.key_name}"'
    return _read(f'SELECT {names} FROM "{table.name}" ORDER BY {key} {language}')


def documents() -> Iterator[Sequence[Any]]:
    """The ids of what can be searched, each with the number of its lexemes."""
    return _read(f"SELECT id, length(words) FROM {tsvector.TABLE} ORDER BY id")


def set_last_key(table: Table, last_key: int) -> None:
    """The next row gets a greater number."""
    if last_key:
        _run("SELECT setval(pg_get_serial_sequence(%s, %s), %s)", f'"{table.name}"', table.key_name, last_key)


def make_search_index() -> None:
    _run(tsvector.MAKE_INDEX)


def finish(log: str) -> None:
    """It is whole: let servers serve from it. `log`: the name by which clients know the log."""
    key = installation.installation_key()
    with transaction.atomic():
        if log:
            _run("UPDATE chat_installation SET kept_log = %s", installation.bind_log_name(log, key))
        _run(f"DROP TABLE {PROGRESS}")
        _run(f"DROP TABLE {MOVE}")


def analyze() -> None:
    """Otherwise the first answers are slow, until PostgreSQL does it by itself."""
    _run("VACUUM (ANALYZE)")


_IS_NUMBER = """
    SELECT 1 FROM information_schema.columns WHERE table_schema = current_schema()
    AND table_name = '{}' AND column_name = '{}' AND data_type IN ('smallint', 'integer', 'bigint')
"""


class _Counted:
    """The lines as they pass. `rows`, `last_key`: of those that have passed."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._lines = lines
        self.rows = 0
        self.last_key: Any = None

    def __iter__(self) -> Iterator[Sequence[str | None]]:
        for key, line in self._lines:
            self.last_key = key
            self.rows += 1
            yield line


def _chunks(lines: Iterable[Sequence[str | None]]) -> Iterator[str]:
    """The lines as COPY reads them."""
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


def _read(statement: str) -> Iterator[Sequence[Any]]:
    """The answer, of which a portion at a time is in memory."""
    with transaction.atomic(), connection.connection.cursor("im66_moved") as cursor:
        cursor.itersize = _READ_ROWS
        cursor.execute(statement)
        yield from cursor


def _names() -> set[str]:
    return {*connection.introspection.table_names()}


def _run(statement: str, *params: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, params or None)
