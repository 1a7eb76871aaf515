"""A temporary database on disk in which the first server's data is sorted, so that memory stays bounded."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from hashlib import blake2b
from itertools import count
from typing import Any

from firstserver.errors import CannotImport
from firstserver.frames import Frame

_CACHE_KIB = 32 * 1024

# A message is identified by its digest. `waiting` has a row for each person and each message that waits for
# the person, with its `list` and its `place` in the list. `repeat` counts equal messages of the list that is
# being read.
_TABLES = """
    CREATE TABLE seen (key BLOB PRIMARY KEY) WITHOUT ROWID;
    CREATE TABLE profile (userid TEXT PRIMARY KEY, nickname TEXT, avatar TEXT) WITHOUT ROWID;
    CREATE TABLE hash (gid INTEGER PRIMARY KEY, creator TEXT, name TEXT, notice TEXT);
    CREATE TABLE member (gid INTEGER, userid TEXT, PRIMARY KEY (gid, userid)) WITHOUT ROWID;
    CREATE TABLE message (
        id INTEGER PRIMARY KEY, digest BLOB UNIQUE, sender TEXT, recipient TEXT, gid INTEGER, second INTEGER
    );
    CREATE TABLE body (id INTEGER PRIMARY KEY, kind TEXT, content TEXT, extension TEXT);
    CREATE TABLE waiting (
        userid TEXT, message INTEGER, second INTEGER, list INTEGER, place INTEGER,
        PRIMARY KEY (userid, message)
    ) WITHOUT ROWID;
    CREATE TABLE repeat (digest BLOB PRIMARY KEY, times INTEGER) WITHOUT ROWID;
"""


@contextmanager
def staging() -> Iterator["Staging"]:
    """Open an empty staging database, which is removed after the block, and also after a power failure.
    Raises CannotImport if the disk cannot store it."""
    try:
        # For an empty name, SQLite creates a file and unlinks it at once.
        with closing(sqlite3.connect("", isolation_level=None)) as database:
            yield Staging(database)
    except sqlite3.Error as error:
        raise CannotImport(
            f"The temporary files cannot be written: {error}; SQLITE_TMPDIR may name another folder."
        ) from error


class Staging:
    """The staging database. All methods raise sqlite3.Error."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        database.executescript(f"PRAGMA journal_mode=OFF; PRAGMA cache_size=-{_CACHE_KIB}; {_TABLES}")
        # One transaction that is never committed, because nobody else reads the database.
        database.execute("BEGIN")
        self._ids = count(1)

    def query(self, statement: str, *values: Any) -> Iterator[Any]:
        """Return an iterator over the rows of the result, which reads them lazily."""
        # Not the cursor itself: a generator that yields from it would close it too late, which warns.
        return iter(self._database.execute(statement, values).fetchone, None)

    def number(self, statement: str, *values: Any) -> int:
        """Return the first value of the result, 0 if it is null."""
        return int(next(self.query(statement, *values))[0] or 0)

    def execute(self, statement: str, *values: Any) -> int:
        """Run a statement. Return the number of changed rows."""
        return self._database.execute(statement, values).rowcount

    def insert(self, table: str, rows: Iterable[Sequence[Any]]) -> None:
        """Insert the rows whose keys do not exist yet."""
        for row in rows:
            marks = ", ".join("?" * len(row))
            self._database.execute(f"INSERT OR IGNORE INTO {table} VALUES ({marks})", row)

    def is_new(self, key: bytes) -> bool:
        """Record the key. Return whether it was not recorded before."""
        return self.execute("INSERT OR IGNORE INTO seen VALUES (?)", key) > 0

    def add_profile(self, userid: str, nickname: str, avatar: str, *, exact: bool) -> None:
        """Add a profile. A person may have several, which complete each other. `exact`: its values have
        precedence."""
        first, second = ("excluded", "profile") if exact else ("profile", "excluded")
        chosen = ", ".join(
            f"{field} = coalesce(nullif({first}.{field}, ''), {second}.{field})"
            for field in ("nickname", "avatar")
        )
        self.execute(
            f"INSERT INTO profile VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET {chosen}",
            userid,
            nickname,
            avatar,
        )

    def begin_list(self) -> None:
        """Begin another list, to which the next frames belong."""
        self.execute("DELETE FROM repeat")

    def add_frame(self, owner: str, frame: Frame, list_: int, place: int) -> None:
        """Add a message that waits for `owner`. Equal frames in several inboxes are one message; equal frames
        in one list are several messages."""
        recipient = owner if frame.group is None else None
        digest = _digest(recipient, *frame)
        digest = _digest(digest, self._count_in_list(digest))
        id_ = next(self._ids)
        is_new = self.execute(
            "INSERT OR IGNORE INTO message VALUES (?, ?, ?, ?, ?, ?)",
            id_,
            digest,
            frame.sender,
            recipient,
            frame.group,
            frame.second,
        )
        if is_new:
            self.execute(
                "INSERT INTO body VALUES (?, ?, ?, ?)", id_, frame.kind, frame.content, frame.extension
            )
        self.execute(
            "INSERT OR IGNORE INTO waiting SELECT ?, id, second, ?, ? FROM message WHERE digest = ?",
            owner,
            list_,
            place,
            digest,
        )

    def _count_in_list(self, digest: bytes) -> int:
        """Count the frame in the present list. Return how often it has occurred so far."""
        return self.number(
            "INSERT INTO repeat VALUES (?, 1) ON CONFLICT DO UPDATE SET times = times + 1 RETURNING times",
            digest,
        )


def _digest(*values: Any) -> bytes:
    # By repr, which differs for different tuples.
    return blake2b(repr(values).encode("utf-8", "surrogatepass"), digest_size=16).digest()
