"""Gives the import exclusive access to the database.

A server that runs during the import would serve wrong data: it has already read the groups of its people, and
updates them from notices in the log, which an import does not write.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import OperationalError, connection, transaction

from accounts.models import User
from firstserver.errors import CannotImport
from log.models import Group, Membership, Message

_TAKEN = "Somebody else uses the database: stop every server of im66, and run this again."
# PostgreSQL still lists a closed connection for a short time.
_PATIENCE_SECONDS = 3.0
_LOCK_SECONDS = 5

# Connections of the same user only: others may be of backups and monitoring.
_OTHERS = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()
    AND backend_type = 'client backend'
"""


@contextmanager
def exclusive_database() -> Iterator[None]:
    """Open a transaction during which nobody else is connected to the database. A server that starts in the
    meantime waits, or reports that the database is locked. Raises CannotImport and DatabaseError."""
    open_exclusively = _exclusive_on_postgresql if connection.vendor == "postgresql" else _exclusive_on_sqlite
    with open_exclusively():
        yield


@contextmanager
def _exclusive_on_postgresql() -> Iterator[None]:
    # Without the pool, whose connections would count as those of others.
    with reconnected(pool=None), transaction.atomic():
        _lock_tables()
        if not is_alone():
            raise CannotImport(_TAKEN)
        yield


@contextmanager
def _exclusive_on_sqlite() -> Iterator[None]:
    # In this mode, a connection has exclusive access to the file until it is closed. The mode must be set
    # first.
    usual = connection.settings_dict["OPTIONS"]["init_command"]
    command = f"PRAGMA locking_mode=EXCLUSIVE; {usual}"
    with reconnected(init_command=command, timeout=_PATIENCE_SECONDS):
        _check_not_locked()
        with transaction.atomic():
            yield


@contextmanager
def reconnected(**changes: Any) -> Iterator[None]:
    """In the block, Django uses a new connection with these options changed. None removes an option."""
    options: dict[str, Any] = connection.settings_dict["OPTIONS"]
    usual = dict(options)
    _disconnect()
    options.update(changes)
    for name in [name for name, value in changes.items() if value is None]:
        del options[name]
    try:
        yield
    finally:
        _disconnect()
        options.update(usual)


def _disconnect() -> None:
    connection.close()
    if connection.vendor == "postgresql":
        connection.close_pool()  # type: ignore[attr-defined]


def _lock_tables() -> None:
    tables = ", ".join(model._meta.db_table for model in (User, Group, Membership, Message))
    try:
        _execute(f"SET LOCAL lock_timeout = '{_LOCK_SECONDS}s'")
        _execute(f"LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE")
    except OperationalError as error:
        raise CannotImport(_TAKEN) from error


def _check_not_locked() -> None:
    try:
        with transaction.atomic():
            Message.objects.exists()
    except OperationalError as error:
        if "locked" in str(error):
            raise CannotImport(_TAKEN) from error
        raise


def is_alone() -> bool:
    """Wait until no other connection of this user to the PostgreSQL database is open, up to
    _PATIENCE_SECONDS. Return whether this is so. The pool must be off."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while _count_others():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def _count_others() -> int:
    _execute("SELECT pg_stat_clear_snapshot()")  # a transaction caches the statistics otherwise
    with connection.cursor() as cursor:
        cursor.execute(_OTHERS)
        return int(cursor.fetchone()[0])


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
