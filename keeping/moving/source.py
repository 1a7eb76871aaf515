"""The SQLite database that is moved."""

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from keeping.backups.facts import MIGRATIONS
from keeping.errors import MaintenanceRefused
from keeping.moving.tables import Table
from keeping.unfinished import BEGUN, MOVE, MOVED

# A connection that was just closed may have the file for a moment.
_PATIENCE_SECONDS = 3.0
_TAKEN = "A server or another command uses it: stop every server of im66, and run this again."

Row = tuple[Any, ...]
Key = int | str
# An id, with its places and its words.
Document = tuple[int, list[str], list[str]]


class Source:
    """The database in the file `path`. While one is open, nobody else can open the file, unless it is open to
    be read only. Raises MaintenanceRefused, and sqlite3.Error."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection

    def names(self) -> list[str]:
        """Its tables."""
        return [name for (name,) in self._ask("SELECT name FROM sqlite_master WHERE type = 'table'")]

    def migrations(self) -> set[str]:
        """The names of those that are applied."""
        return {f"{app}.{name}" for app, name in self._ask(f"SELECT app, name FROM {MIGRATIONS}")}

    def count(self, table: str) -> int:
        return int(self._ask(f'SELECT count(*) FROM "{table}"')[0][0])

    def rows(self, table: Table, after: Key | None = None, limit: int = -1) -> Iterator[Row]:
        """So many rows after the one with this key, in the order of their keys; all by default. Texts are
        bytes."""
        names = ", ".join(f'"{column.name}"' for column in table.columns)
        since, params = ("", []) if after is None else (f'WHERE "{table.key_name}" > ?', [after])
        return self._connection.execute(
            f'SELECT {names} FROM "{table.name}" {since} ORDER BY "{table.key_name}" LIMIT {limit}', params
        )

    def documents(self, after: Key | None = None, limit: int = -1) -> Iterator[Document]:
        """What the search index has."""
        rows = self._connection.execute(
            "SELECT id, places, words FROM chat_search_document WHERE id > ? ORDER BY id LIMIT ?",
            [after or 0, limit],
        )
        return ((id_, places.decode().split(), words.decode().split()) for id_, places, words in rows)

    def last_key(self, table: Table) -> int:
        """The greatest number that a row of the table has had as its key, also one that is gone."""
        (greatest,) = self._ask(f'SELECT max("{table.key_name}") FROM "{table.name}"')[0]
        sequences = self._ask("SELECT seq FROM sqlite_sequence WHERE name = ?", table.name)
        return max(int(greatest or 0), *(int(seq) for (seq,) in sequences), 0)

    def orphans(self) -> Iterator[tuple[str, int, str]]:
        """Rows that name one which is not there: the table, the number of the row, and the other table."""
        for table, rowid, other, _ in self._connection.execute("PRAGMA foreign_key_check"):
            yield _as_text(table), int(rowid or 0), _as_text(other)

    def damage(self) -> str:
        """What is wrong with the file; empty if nothing is."""
        verdict = _as_text(self._ask("PRAGMA quick_check(1)")[0][0])
        return "" if verdict == "ok" else verdict

    def installation(self) -> tuple[str, str]:
        """The key of the installation, and the name that its log has kept; empty if there are none."""
        rows = self._ask("SELECT key, kept_log FROM chat_installation WHERE id = 1")
        return (_as_text(rows[0][0]), _as_text(rows[0][1])) if rows else ("", "")

    @property
    def move(self) -> tuple[str, str] | None:
        """The name of the move that has begun here, and how far it is: BEGUN or MOVED."""
        if MOVE not in self.names():
            return None
        ((name, state),) = self._ask(f"SELECT name, state FROM {MOVE}")
        return _as_text(name), _as_text(state)

    def begin(self, name: str) -> None:
        """Let no server serve from here any more."""
        self._write(
            f"CREATE TABLE {MOVE} (name varchar(64) NOT NULL, state varchar(16) NOT NULL)",
            f"INSERT INTO {MOVE} VALUES ('{name}', '{BEGUN}')",
        )

    def finish(self) -> None:
        """All of it is elsewhere."""
        self._write(f"UPDATE {MOVE} SET state = '{MOVED}'")

    def reopen(self) -> None:
        """Let servers serve from here again."""
        self._write(f"DROP TABLE {MOVE}")

    def _write(self, *statements: str) -> None:
        for statement in ("BEGIN IMMEDIATE", *statements, "COMMIT"):
            self._connection.execute(statement)

    def _ask(self, statement: str, *params: Any) -> list[Row]:
        rows = self._connection.execute(statement, params).fetchall()
        return [tuple(map(_readable, row)) for row in rows]


@contextmanager
def opened(path: Path, *, alone: bool) -> Iterator[Source]:
    """The database in this file. `alone`: nobody else has it open, or opens it in the block; otherwise it is
    only read, as it is at one moment, and servers may serve from it meanwhile. Raises MaintenanceRefused."""
    if not path.is_file():
        raise MaintenanceRefused("There is no such file.")
    mode = "rw" if alone else "ro"
    name = f"file:{quote(os.path.abspath(path))}?mode={mode}"
    with closing(
        sqlite3.connect(name, uri=True, timeout=_PATIENCE_SECONDS, isolation_level=None)
    ) as database:
        database.text_factory = bytes
        _take(database) if alone else database.execute("BEGIN")
        source = Source(path, database)
        if MIGRATIONS not in source.names():
            raise MaintenanceRefused("It is not a database of im66.")
        yield source


def _take(connection: sqlite3.Connection) -> None:
    """A file opened in this mode is locked for others until it is closed."""
    try:
        for statement in ("PRAGMA locking_mode=EXCLUSIVE", "PRAGMA synchronous=FULL", "BEGIN IMMEDIATE"):
            connection.execute(statement)
        connection.execute("COMMIT")
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise MaintenanceRefused(_TAKEN) from error
        raise


def key_from(text: str) -> Key:
    """The key that `key_text` wrote."""
    key: Key = json.loads(text)
    return key


def key_text(key: Any) -> str:
    """A key as it is noted."""
    return json.dumps(_readable(key))


def _readable(value: Any) -> Any:
    return value.decode(errors="replace") if isinstance(value, bytes) else value


def _as_text(value: Any) -> str:
    return str(_readable(value))
