"""Keeps everybody else out of the database during the import.

A server that runs meanwhile would serve its people wrongly: it has read their groups already, and hears of
changes from notices, which an import does not write.
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
# A connection that was just closed is still listed for a moment.
_PATIENCE_SECONDS = 3.0
_LOCK_SECONDS = 5

# Of the same user, for a database has visitors of its own: backups, and what watches it.
_OTHERS = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()
    AND backend_type = 'client backend'
"""


@contextmanager
def alone() -> Iterator[None]:
    """One transaction, during which nobody else uses the database, nor has it open. A server that starts
    meanwhile waits, or says that the database is locked. Raises CannotImport and DatabaseError."""
    only = _only_one_on_postgresql if connection.vendor == "postgresql" else _only_one_on_sqlite
    with only():
        yield


@contextmanager
def _only_one_on_postgresql() -> Iterator[None]:
    # The pool has connections of its own, which would be taken for those of others.
    with reconnected(pool=None), transaction.atomic():
        _lock_tables()
        if not is_alone():
            raise CannotImport(_TAKEN)
        yield


@contextmanager
def _only_one_on_sqlite() -> Iterator[None]:
    # Whoever opens a file in this mode has it alone until it is closed. The mode must be set first.
    usual = connection.settings_dict["OPTIONS"]["init_command"]
    command = f"PRAGMA locking_mode=EXCLUSIVE; {usual}"
    with reconnected(init_command=command, timeout=_PATIENCE_SECONDS):
        _open()
        with transaction.atomic():
            yield


@contextmanager
def reconnected(**changes: Any) -> Iterator[None]:
    """In the block, Django's connection is a new one, made with these options; None is without the option."""
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


def _open() -> None:
    try:
        with transaction.atomic():
            Message.objects.exists()
    except OperationalError as error:
        if "locked" in str(error):
            raise CannotImport(_TAKEN) from error
        raise


def is_alone() -> bool:
    """Whether nobody else is connected to the PostgreSQL database as this user. The pool must be off."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while _count_others():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def _count_others() -> int:
    _execute("SELECT pg_stat_clear_snapshot()")  # within a transaction, the answer stays the same otherwise
    with connection.cursor() as cursor:
        cursor.execute(_OTHERS)
        return int(cursor.fetchone()[0])


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
