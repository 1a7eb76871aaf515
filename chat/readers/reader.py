"""Readers of the log: each follows it with a cursor of its own, and misses no row.

A step reads the next rows, and moves the cursor in the transaction that stores what came of them. So what a
reader stores in the database is stored once, wherever a process ends. What is to leave the installation is
stored first, and may leave it twice.

One process at a time takes a step for the installation. On PostgreSQL it holds an advisory lock meanwhile. On
SQLite there is one process as a rule; if there are more, the cursor decides: a step counts only if it moves
the cursor from where it has read. If a process ends, another takes the next step.
"""

import zlib
from abc import ABC, abstractmethod
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from django.db import connection, transaction

from accounts.statements import fetch
from chat.models import LogReader
from chat.reading import selectors
from log import positions
from log.rows import LogId, Row

# A step takes at most so many rows, and at most a page of the log. Its transaction is short, so that no
# message waits long for it.
MAX_ROWS_PER_STEP = 200
# What has been read is kept for so many places of the log at which readers are.
MAX_SHARED_READS = 4
# On PostgreSQL, the first number of the advisory lock of each reader. It is arbitrary.
LOCK_CLASS = 0x72656164

# Written by hand, because each search asks it, and to make it takes longer than to answer it.
_CURSOR = f"SELECT cursor FROM {LogReader._meta.db_table} WHERE name = %s"

Write = Callable[[], object]


class Reader(ABC):
    """`name`: of its cursor, the same in every version. `gather_seconds`: so long it lets new rows gather."""

    name: str
    gather_seconds = 1.0

    def portion(self, rows: Sequence[Row]) -> Sequence[Row]:
        """Those of the next rows that are enough for a step: the first, or some of the first."""
        return rows

    @abstractmethod
    def prepare(self, rows: Sequence[Row]) -> Write:
        """Read what is needed of the rows. Returns what stores it; that is called in a transaction, and must
        be quick. If the transaction is rolled back, it may be called again."""


_registered: list[Reader] = []


def register(reader: Reader) -> None:
    """Every event loop that runs chat follows the log with this reader from its start on."""
    _registered.append(reader)


def registered() -> list[Reader]:
    return list(_registered)


def cursor_of(name: str) -> LogId:
    """Up to which row the reader has read the log."""
    return next((cursor for (cursor,) in fetch(_CURSOR, name)), 0)


def reader_lag(name: str) -> int:
    """How many ids the reader is behind the end of the log."""
    return max(0, positions.last_id() - cursor_of(name))


def next_rows(after: LogId) -> Sequence[Row]:
    """The rows of which a step takes a portion."""
    return selectors.rows_after(after, MAX_ROWS_PER_STEP)


def step(reader: Reader, read: Callable[[LogId], Sequence[Row]] = next_rows) -> LogId | None:
    """Let the reader take a portion of the next rows, which `read` gives. Returns its cursor after that, None
    if another process has taken the step. Raises DatabaseError."""
    with _step_lock(reader.name) as is_ours:
        return _step(reader, read) if is_ours else None


def _step(reader: Reader, read: Callable[[LogId], Sequence[Row]]) -> LogId | None:
    cursor = cursor_of(reader.name)
    rows = reader.portion(read(cursor))
    if not rows:
        return cursor
    write = reader.prepare(rows)

    def store() -> bool:
        with transaction.atomic():
            if is_ours := move_cursor(reader.name, cursor, rows[-1].id):
                write()
        return is_ours

    # Our backend for SQLite lets others write first; not every project uses it.
    attempt: Callable[[Callable[[], bool]], bool] = getattr(connection, "write_giving_way", _call)
    return rows[-1].id if attempt(store) else None


def _call(store: Callable[[], bool]) -> bool:
    return store()


class SharedRows:
    """Rows of the log that are read once, for all readers that come to them and for all their steps. For one
    thread."""

    def __init__(self) -> None:
        self._read: deque[_Read] = deque(maxlen=MAX_SHARED_READS)

    def next_rows(self, after: LogId) -> Sequence[Row]:
        """As `next_rows`. Where there are rows, there may be more of them by now."""
        for read in self._read:
            if read.after <= after < read.rows[-1].id:
                return read.rows[bisect_right(read.rows, after, key=_id) :]
        rows = next_rows(after)
        if rows:
            self._read.append(_Read(after, rows))
        return rows


class _Read(NamedTuple):
    """The rows that come after a row."""

    after: LogId
    rows: Sequence[Row]


def _id(row: Row) -> LogId:
    return row.id


def move_cursor(name: str, cursor: LogId, to: LogId) -> bool:
    """Move the reader's cursor, in the transaction of what that stands for, unless it is somewhere else. No
    other transaction moves it before this one ends."""
    stored = LogReader.objects.filter(pk=name)
    if not cursor:
        LogReader.objects.bulk_create([LogReader(name=name)], ignore_conflicts=True)
    return stored.filter(cursor=cursor).update(cursor=to) == 1


def lock_number(name: str) -> int:
    """On PostgreSQL, the second number of the reader's advisory lock."""
    return zlib.crc32(name.encode()) >> 1


@contextmanager
def _step_lock(name: str) -> Iterator[bool]:
    """Whether no other process takes a step of this reader during the block, as far as a lock can tell."""
    if connection.vendor != "postgresql":
        # No transaction, which would keep everybody from writing while the rows are read.
        yield True
        return
    # The lock of a transaction, not of a connection: that could stay with one that a pool keeps.
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [LOCK_CLASS, lock_number(name)])
        (is_ours,) = cursor.fetchone()
        yield is_ours
