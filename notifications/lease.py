"""The lease that decides which process sends. A process paused for longer than its lease sends again what
another process has sent, and stores nothing: `fenced` asks once more, in the transaction."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from accounts.leases import MAX_SKEW_SECONDS
from notifications.models import Lease

NAME = "sender"
SECONDS = 15.0
RENEW_SECONDS = 5.0


class LeaseLost(Exception):
    """Another process sends."""


def acquire(holder: str) -> bool:
    """Take or keep the lease. Whether the process has it."""
    now = time.time()
    with connection.cursor() as cursor:
        until = now + SECONDS
        cursor.execute(_ACQUIRE, [NAME, holder, until, holder, now, until + MAX_SKEW_SECONDS])
        return bool(cursor.rowcount)


def release(holder: str) -> None:
    """Let another process take it at once."""
    Lease.objects.filter(pk=NAME, holder=holder).delete()


@contextmanager
def fenced(holder: str) -> Iterator[None]:
    """A transaction in which no other process takes the lease. Raises Lost."""
    with transaction.atomic():
        if not Lease.objects.select_for_update().filter(pk=NAME, holder=holder).exists():
            raise LeaseLost
        yield


_TABLE = Lease._meta.db_table
_ACQUIRE = (
    f"INSERT INTO {_TABLE} (name, holder, until) VALUES (%s, %s, %s) ON CONFLICT (name) DO UPDATE "
    "SET holder = excluded.holder, until = excluded.until "
    f"WHERE {_TABLE}.holder = %s OR {_TABLE}.until < %s OR {_TABLE}.until > %s"
)
