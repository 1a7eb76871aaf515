"""Several reads that see the database as it was at one moment."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def snapshot() -> Iterator[None]:
    """All reads in the block see what was committed before the first of them, and nothing newer. Within a
    transaction, or another such block, it changes nothing. Raises DatabaseError."""
    connection.ensure_connection()
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic():
            _execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
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
