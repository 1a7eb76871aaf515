"""The lock at the end of the log: whatever appends takes it until its transaction ends."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial

from django.db import connection, transaction

from log.drafts import Batch
from log.models import Message
from log.rows import LogId, Row
from log.signals import batch_committed

# On PostgreSQL, every append holds this advisory lock until its commit. The number is arbitrary, but the same
# in every process.
LOCK = 0x696D3636
# By hand, because Django needs longer to make the statement than the database to answer it.
_LAST_ROW = f"SELECT id, timet FROM {Message._meta.db_table} ORDER BY id DESC LIMIT 1"

_past: ContextVar[int | None] = ContextVar("past", default=None)


def take() -> tuple[LogId, int]:
    """Lock the end of the log until the caller's transaction ends. Returns the id of the last row, and the
    time for the next rows.

    If the clock steps back, time stands still, so that time never falls while ids rise.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # At once, but the second sees what others committed before they gave the lock up.
            cursor.execute(f"SELECT pg_advisory_xact_lock({LOCK}); {_LAST_ROW}")
            cursor.nextset()
        else:
            # SQLite needs no lock of ours: its transactions are IMMEDIATE, so only one runs at a time.
            cursor.execute(_LAST_ROW)
        last_id, last_time = cursor.fetchone() or (0, 0)
    return last_id, max(_past.get() or int(time.time()), last_time)


@contextmanager
def dated(second: int) -> Iterator[None]:
    """What is appended in the block counts as appended in this second of the past, or in that of the row
    before it, if that is later. For conversations that are made up. Raises ValueError for the future."""
    if second > time.time():
        raise ValueError("the time is in the future")
    before = _past.set(second)
    try:
        yield
    finally:
        _past.reset(before)


def announce_on_commit(previous: LogId, rows: Sequence[Row]) -> Batch:
    """The rows that were appended after `previous`, as a batch. Once they are committed, it is announced
    through `batch_committed`, if it has any."""
    batch = Batch(previous, tuple(rows))
    if rows:
        transaction.on_commit(partial(batch_committed.send, sender=Batch, batch=batch))
    return batch
