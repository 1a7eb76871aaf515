"""Overwrites deleted data that a database still has in its files: free pages, and words that the search index
has only marked as removed."""

import time
from typing import Any

from django.db import connection

from chat.readers import fulltext
from keeping.errors import MaintenanceRefused

_TRIES, _PAUSE_SECONDS = 50, 0.2


def enable_secure_delete() -> None:
    """Make this connection overwrite what it deletes. Only SQLite can do that."""
    if connection.vendor == "sqlite":
        _ask("PRAGMA secure_delete=ON")


def scrub() -> None:
    """Remove deleted data from the database files. On SQLite nothing of it is left; writers wait meanwhile.
    On PostgreSQL it stays in the files until the space is reused. Raises MaintenanceRefused if a long read on
    SQLite prevents it."""
    if connection.vendor == "sqlite":
        _scrub_sqlite()
    else:
        # ANALYZE, because the planner's statistics contain samples of the values.
        _ask("VACUUM (ANALYZE)")


def _scrub_sqlite() -> None:
    for _ in fulltext.merge():
        pass
    _ask("VACUUM")
    if not _has_emptied_wal():
        raise MaintenanceRefused("Somebody goes on reading what was erased: run this again to overwrite it.")


def _has_emptied_wal() -> bool:
    """Truncate the write-ahead log, and return whether that succeeded. Retries while there are readers."""
    ((busy_timeout,),) = _ask("PRAGMA busy_timeout")
    # With a timeout, each try would make all writers wait for the readers.
    _ask("PRAGMA busy_timeout=0")
    try:
        for _ in range(_TRIES):
            ((is_busy, _pages, _moved),) = _ask("PRAGMA wal_checkpoint(TRUNCATE)")
            if not is_busy:
                return True
            time.sleep(_PAUSE_SECONDS)
    finally:
        _ask(f"PRAGMA busy_timeout={busy_timeout}")
    return False


def _ask(statement: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []
