"""Several reads that see the database as it was at one moment."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

_AS_OF_NOW = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
# What PostgreSQL is to assume of statements that read the first rows in the order of an index: that only rows
# cost time, not the pages that they are on. Otherwise it fetches and sorts a whole conversation, of which it
# takes a hundred rows for one; or it walks through the log until it has met enough rows of a conversation
# that may have none there.
_BY_INDEX = "; ".join(
    (
        _AS_OF_NOW,
        "SET LOCAL enable_bitmapscan = off",
        "SET LOCAL random_page_cost = 0",
        "SET LOCAL seq_page_cost = 0",
    )
)


@contextmanager
def snapshot(*, by_index: bool = False) -> Iterator[None]:
    """All reads in the block see what was committed before the first of them, and nothing newer. Within a
    transaction, or another such block, it changes nothing. `by_index`: they read the first rows in the order
    of an index. Raises DatabaseError."""
    connection.ensure_connection()
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic():
            _execute(_BY_INDEX if by_index else _AS_OF_NOW)
            yield
    else:
        with _deferred():
            yield


@contextmanager
def _deferred() -> Iterator[None]:
    # Not Django's transaction, which locks the database for writing.
    if connection.connection.in_transaction:
        yield
        return
    _execute("BEGIN DEFERRED")
    try:
        yield
    finally:
        if connection.connection.in_transaction:  # an error may have ended it
            _execute("ROLLBACK")


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
