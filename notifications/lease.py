"""The lease that decides which process sends deliveries. A process that was paused for longer than its lease
may repeat requests of its successor, but it stores nothing: `fenced` checks the lease again in the
transaction."""

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
    """Another process holds the lease."""


def acquire(holder: str) -> bool:
    """Acquire or renew the lease. Return whether the process holds it."""
    now = time.time()
    with connection.cursor() as cursor:
        until = now + SECONDS
        cursor.execute(_ACQUIRE, [NAME, holder, until, holder, now, until + MAX_SKEW_SECONDS])
        return bool(cursor.rowcount)


def release(holder: str) -> None:
    """Release the lease, so that another process can acquire it at once."""
    Lease.objects.filter(pk=NAME, holder=holder).delete()


@contextmanager
def fenced(holder: str) -> Iterator[None]:
    """Open a transaction in which no other process can acquire the lease. Raises LeaseLost."""
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
