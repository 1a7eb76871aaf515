"""Readers of the log: each follows it with its own cursor, and misses no row.

A step reads the next rows, and moves the cursor in the transaction that stores the results. So a reader's
writes to the database happen exactly once, even if a process is killed. Requests to other hosts are stored
first, and may be sent twice.

One process at a time takes a step for the installation. On PostgreSQL it holds an advisory lock meanwhile. On
SQLite there is usually one process; if there are more, the cursor decides: a step is committed only if the
cursor is still where the step began. If a process ends, another takes the next step.
"""

import zlib
from abc import ABC, abstractmethod
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from operator import attrgetter
from typing import NamedTuple

from django.db import connection, transaction

from accounts.statements import fetch
from chat.models import LogReader
from chat.reading import selectors
from log import positions
from log.rows import LogId, Row

# A step takes at most this many rows, and at most a page of the log, to keep its transaction short: messages
# wait for it.
MAX_ROWS_PER_STEP = 200
# The number of reads, each from another cursor, whose rows are cached for other readers.
MAX_SHARED_READS = 4
# On PostgreSQL, the first number of the advisory locks of all readers. It is arbitrary.
LOCK_CLASS = 0x72656164

# Plain SQL, because each search runs it, and building a queryset takes longer than the query.
_CURSOR = f"SELECT cursor FROM {LogReader._meta.db_table} WHERE name = %s"

Write = Callable[[], object]


class Reader(ABC):
    """A reader of the log. `name`: of its cursor; it must never change. `gather_seconds`: how long it waits
    for more rows before a step."""

    name: str
    gather_seconds = 1.0

    def portion(self, rows: Sequence[Row]) -> Sequence[Row]:
        """Return the first of the next rows, as many as one step should take: at least one."""
        return rows

    @abstractmethod
    def prepare(self, rows: Sequence[Row]) -> Write:
        """Process the rows and return the function that stores the result. That function is called in a
        transaction, and must be quick. It may be called again if the transaction is rolled back."""


_registered: list[Reader] = []


def register(reader: Reader) -> None:
    """Register a reader. Every event loop that runs chat takes its steps."""
    _registered.append(reader)


def registered() -> list[Reader]:
    return list(_registered)


def cursor_of(name: str) -> LogId:
    """Return the last row of the log that the reader has read; 0 if none."""
    return next((cursor for (cursor,) in fetch(_CURSOR, name)), 0)


def reader_lag(name: str) -> int:
    """Return how many ids the reader is behind the end of the log."""
    return max(0, positions.last_id() - cursor_of(name))


def next_rows(after: LogId) -> Sequence[Row]:
    """Return the rows after `after` for a step."""
    return selectors.rows_after(after, MAX_ROWS_PER_STEP)


def step(reader: Reader, read: Callable[[LogId], Sequence[Row]] = next_rows) -> LogId | None:
    """Take one step of the reader. `read`: returns the next rows. Return the reader's cursor after the step;
    None if another process has taken it. Raise DatabaseError."""
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

    # The project's SQLite backend lets other writers go first. Other projects may not use it.
    attempt: Callable[[Callable[[], bool]], bool] = getattr(connection, "write_giving_way", _call)
    return rows[-1].id if attempt(store) else None


def _call(store: Callable[[], bool]) -> bool:
    return store()


class SharedRows:
    """Caches rows of the log, so that readers with different cursors read them once. For one thread."""

    def __init__(self) -> None:
        self._read: deque[_Read] = deque(maxlen=MAX_SHARED_READS)

    def next_rows(self, after: LogId) -> Sequence[Row]:
        """Return `next_rows(after)`, from the cache if it has any of them. Newer rows may be missing then."""
        for read in self._read:
            if read.after <= after < read.rows[-1].id:
                return read.rows[bisect_right(read.rows, after, key=attrgetter("id")) :]
        rows = next_rows(after)
        if rows:
            self._read.append(_Read(after, rows))
        return rows


class _Read(NamedTuple):
    """A cached read: the rows after the row `after`."""

    after: LogId
    rows: Sequence[Row]


def move_cursor(name: str, cursor: LogId, to: LogId) -> bool:
    """Move the reader's cursor from `cursor` to `to`, in the transaction that stores the results. Return
    whether it was still at `cursor`. Then no other transaction moves it before this one ends."""
    stored = LogReader.objects.filter(pk=name)
    if not cursor:
        LogReader.objects.bulk_create([LogReader(name=name)], ignore_conflicts=True)
    return stored.filter(cursor=cursor).update(cursor=to) == 1


def lock_number(name: str) -> int:
    """Return the second number of the reader's advisory lock on PostgreSQL."""
    return zlib.crc32(name.encode()) >> 1


@contextmanager
def _step_lock(name: str) -> Iterator[bool]:
    """Hold the lock for a step of this reader in the block. Yields whether the lock was free; on SQLite,
    where there is no such lock, True."""
    if connection.vendor != "postgresql":
        # No transaction: it would block all other writers while the rows are read.
        yield True
        return
    # A transaction's lock, because a session's lock could stay with a pooled connection.
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [LOCK_CLASS, lock_number(name)])
        (is_ours,) = cursor.fetchone()
        yield is_ours
