"""A temporary database on the disk in which the first server's data is sorted. So memory stays bounded."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from hashlib import blake2b
from itertools import count
from typing import Any

from firstserver.errors import CannotImport
from firstserver.frames import Frame

_CACHE_KIB = 32 * 1024

# A message is known by its digest. `waiting` has a row for each person and each message that waits for them;
# `list` and `place` say where it was found. `repeat` is about the list that is being read.
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
    """An empty one, which is gone after the block, and after a power cut. Raises CannotImport if the disk
    does not take it."""
    try:
        # A name that is empty means a file that SQLite removes from its folder at once.
        with closing(sqlite3.connect("", isolation_level=None)) as database:
            yield Staging(database)
    except sqlite3.Error as error:
        raise CannotImport(
            f"The temporary files cannot be written: {error}; SQLITE_TMPDIR may name another folder."
        ) from error


class Staging:
    """All methods raise sqlite3.Error."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        database.executescript(f"PRAGMA journal_mode=OFF; PRAGMA cache_size=-{_CACHE_KIB}; {_TABLES}")
        # Never committed: nobody else reads it.
        database.execute("BEGIN")
        self._ids = count(1)

    def ask(self, query: str, *values: Any) -> Iterator[Any]:
        """The rows of an answer, read as they are taken."""
        # Not the cursor itself: a generator that yields from it would close it too late, and complain.
        return iter(self._database.execute(query, values).fetchone, None)

    def number(self, query: str, *values: Any) -> int:
        """The first value of an answer, 0 if it is null."""
        return int(next(self.ask(query, *values))[0] or 0)

    def change(self, statement: str, *values: Any) -> int:
        """Run a statement; return how many rows it changed."""
        return self._database.execute(statement, values).rowcount

    def insert(self, table: str, rows: Iterable[Sequence[Any]]) -> None:
        """Add rows; those that are there already stay."""
        for row in rows:
            marks = ", ".join("?" * len(row))
            self._database.execute(f"INSERT OR IGNORE INTO {table} VALUES ({marks})", row)

    def is_new(self, key: bytes) -> bool:
        """Whether the key was not asked for before."""
        return self.change("INSERT OR IGNORE INTO seen VALUES (?)", key) > 0

    def add_profile(self, userid: str, nickname: str, avatar: str, *, exact: bool) -> None:
        """A person may have several: what is missing in one is taken from another. `exact`: it has
        precedence."""
        first, second = ("excluded", "profile") if exact else ("profile", "excluded")
        chosen = ", ".join(
            f"{field} = coalesce(nullif({first}.{field}, ''), {second}.{field})"
            for field in ("nickname", "avatar")
        )
        self.change(
            f"INSERT INTO profile VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET {chosen}",
            userid,
            nickname,
            avatar,
        )

    def begin_list(self) -> None:
        """The next frames come from another list."""
        self.change("DELETE FROM repeat")

    def add_frame(self, owner: str, frame: Frame, list_: int, place: int) -> None:
        """A message that waits for `owner`. The same message in several inboxes is one; the same message
        several times in one list is several."""
        recipient = owner if frame.group is None else None
        digest = _digest(recipient, *frame)
        digest = _digest(digest, self._times(digest))
        id_ = next(self._ids)
        is_new = self.change(
            "INSERT OR IGNORE INTO message VALUES (?, ?, ?, ?, ?, ?)",
            id_,
            digest,
            frame.sender,
            recipient,
            frame.group,
            frame.second,
        )
        if is_new:
            self.change(
                "INSERT INTO body VALUES (?, ?, ?, ?)", id_, frame.kind, frame.content, frame.extension
            )
        self.change(
            "INSERT OR IGNORE INTO waiting SELECT ?, id, second, ?, ? FROM message WHERE digest = ?",
            owner,
            list_,
            place,
            digest,
        )

    def _times(self, digest: bytes) -> int:
        """How often the list that is being read has had this frame so far."""
        return self.number(
            "INSERT INTO repeat VALUES (?, 1) ON CONFLICT DO UPDATE SET times = times + 1 RETURNING times",
            digest,
        )


def _digest(*values: Any) -> bytes:
    # As Python writes it: no two different tuples look the same.
    return blake2b(repr(values).encode("utf-8", "surrogatepass"), digest_size=16).digest()
