"""The SQLite database to move."""

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

# A connection that was just closed may still lock the file briefly.
_LOCK_TIMEOUT_SECONDS = 3.0
_IN_USE = "A server or another command uses it: stop every server of im66, and run this again."

Row = tuple[Any, ...]
Key = int | str
# The id of a row in the search index, its positions and its words.
Document = tuple[int, list[str], list[str]]


class Source:
    """The database in the file `path`. Its methods raise MaintenanceRefused and sqlite3.Error."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection

    def table_names(self) -> list[str]:
        return [name for (name,) in self._query("SELECT name FROM sqlite_master WHERE type = 'table'")]

    def migrations(self) -> set[str]:
        """Return the names of the applied migrations."""
        return {f"{app}.{name}" for app, name in self._query(f"SELECT app, name FROM {MIGRATIONS}")}

    def count(self, table: str) -> int:
        return int(self._query(f'SELECT count(*) FROM "{table}"')[0][0])

    def rows(self, table: Table, after: Key | None = None, limit: int = -1) -> Iterator[Row]:
        """Return the rows whose key is greater than `after`, in the order of their keys: at most `limit`, or
        all if it is -1. Texts are bytes."""
        names = ", ".join(f'"{column.name}"' for column in table.columns)
        where, params = ("", []) if after is None else (f'WHERE "{table.key_name}" > ?', [after])
        return self._connection.execute(
            f'SELECT {names} FROM "{table.name}" {where} ORDER BY "{table.key_name}" LIMIT {limit}', params
        )

    def documents(self, after: Key | None = None, limit: int = -1) -> Iterator[Document]:
        """Return the rows of the search index with an id greater than `after`, in the order of their ids."""
        rows = self._connection.execute(
            "SELECT id, places, words FROM chat_search_document WHERE id > ? ORDER BY id LIMIT ?",
            [after or 0, limit],
        )
        return ((id_, places.decode().split(), words.decode().split()) for id_, places, words in rows)

    def last_key(self, table: Table) -> int:
        """Return the greatest key that a row of the table ever had, including deleted rows."""
        (greatest,) = self._query(f'SELECT max("{table.key_name}") FROM "{table.name}"')[0]
        sequences = self._query("SELECT seq FROM sqlite_sequence WHERE name = ?", table.name)
        return max(int(greatest or 0), *(int(seq) for (seq,) in sequences), 0)

    def orphans(self) -> Iterator[tuple[str, int, str]]:
        """Yield each row with a dangling foreign key: the table, the row's number, the referenced table."""
        for table, rowid, other, _ in self._connection.execute("PRAGMA foreign_key_check"):
            yield _as_text(table), int(rowid or 0), _as_text(other)

    def damage(self) -> str:
        """Return what is wrong with the file; empty if it is intact."""
        verdict = _as_text(self._query("PRAGMA quick_check(1)")[0][0])
        return "" if verdict == "ok" else verdict

    def installation(self) -> tuple[str, str]:
        """Return the key of the installation and the kept name of its log; both are empty if there is no
        installation."""
        rows = self._query("SELECT key, kept_log FROM chat_installation WHERE id = 1")
        return (_as_text(rows[0][0]), _as_text(rows[0][1])) if rows else ("", "")

    @property
    def move(self) -> tuple[str, str] | None:
        """The name of the move out of this database and its state, BEGUN or MOVED; None if there is none."""
        if MOVE not in self.table_names():
            return None
        ((name, state),) = self._query(f"SELECT name, state FROM {MOVE}")
        return _as_text(name), _as_text(state)

    def mark_begun(self, name: str) -> None:
        """Mark the database as being moved. Servers then refuse to serve from it."""
        self._write(
            f"CREATE TABLE {MOVE} (name varchar(64) NOT NULL, state varchar(16) NOT NULL)",
            f"INSERT INTO {MOVE} VALUES ('{name}', '{BEGUN}')",
        )

    def mark_moved(self) -> None:
        """Mark the database as completely moved."""
        self._write(f"UPDATE {MOVE} SET state = '{MOVED}'")

    def reopen(self) -> None:
        """Remove the mark, so that servers may serve from the database again."""
        self._write(f"DROP TABLE {MOVE}")

    def _write(self, *statements: str) -> None:
        for statement in ("BEGIN IMMEDIATE", *statements, "COMMIT"):
            self._connection.execute(statement)

    def _query(self, statement: str, *params: Any) -> list[Row]:
        rows = self._connection.execute(statement, params).fetchall()
        return [tuple(map(_readable, row)) for row in rows]


@contextmanager
def open_source(path: Path, *, alone: bool) -> Iterator[Source]:
    """Open the database in this file. With `alone`, lock the file: no other connection can be open, or be
    opened in the block. Otherwise the database is only read, in one snapshot, and servers may serve from it.
    Raises MaintenanceRefused."""
    if not path.is_file():
        raise MaintenanceRefused("There is no such file.")
    mode = "rw" if alone else "ro"
    name = f"file:{quote(os.path.abspath(path))}?mode={mode}"
    with closing(
        sqlite3.connect(name, uri=True, timeout=_LOCK_TIMEOUT_SECONDS, isolation_level=None)
    ) as database:
        database.text_factory = bytes
        _lock_file(database) if alone else database.execute("BEGIN")
        source = Source(path, database)
        if MIGRATIONS not in source.table_names():
            raise MaintenanceRefused("It is not a database of im66.")
        yield source


def _lock_file(connection: sqlite3.Connection) -> None:
    """Lock the file for other connections until this one is closed. Raises MaintenanceRefused."""
    try:
        for statement in ("PRAGMA locking_mode=EXCLUSIVE", "PRAGMA synchronous=FULL", "BEGIN IMMEDIATE"):
            connection.execute(statement)
        connection.execute("COMMIT")
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise MaintenanceRefused(_IN_USE) from error
        raise


def decode_key(text: str) -> Key:
    """Decode a key that `encode_key` encoded."""
    key: Key = json.loads(text)
    return key


def encode_key(key: Any) -> str:
    """Encode a key for the table of the move's progress."""
    return json.dumps(_readable(key))


def _readable(value: Any) -> Any:
    return value.decode(errors="replace") if isinstance(value, bytes) else value


def _as_text(value: Any) -> str:
    return str(_readable(value))
