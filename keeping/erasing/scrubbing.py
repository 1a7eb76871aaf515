"""Overwrites what a database keeps of rows that say nothing any more: free pages, and words that the search
index has only marked as removed."""

import time
from typing import Any

from django.db import connection

from chat.readers import fulltext
from keeping.errors import MaintenanceRefused

_TRIES, _PAUSE_SECONDS = 50, 0.2


def overwrite_from_now_on() -> None:
    """What this connection removes is overwritten, where the database can do that."""
    if connection.vendor == "sqlite":
        _ask("PRAGMA secure_delete=ON")


def scrub() -> None:
    """On SQLite, nothing of what was removed is left in its files. Writers wait meanwhile. On PostgreSQL the
    space may be reused; until then, it stays in the files. Raises MaintenanceRefused where somebody goes on
    reading."""
    if connection.vendor == "sqlite":
        _scrub_sqlite()
    else:
        # ANALYZE, because the planner keeps samples of what is in a table.
        _ask("VACUUM (ANALYZE)")


def _scrub_sqlite() -> None:
    for _ in fulltext.merge():
        pass
    _ask("VACUUM")
    if not _has_emptied_wal():
        raise MaintenanceRefused("Somebody goes on reading what was erased: run this again to overwrite it.")


def _has_emptied_wal() -> bool:
    """Empty the write-ahead log, as soon as nobody reads it."""
    ((patience,),) = _ask("PRAGMA busy_timeout")
    # Each try would make all writers wait for the readers.
    _ask("PRAGMA busy_timeout=0")
    try:
        for _ in range(_TRIES):
            ((is_busy, _pages, _moved),) = _ask("PRAGMA wal_checkpoint(TRUNCATE)")
            if not is_busy:
                return True
            time.sleep(_PAUSE_SECONDS)
    finally:
        _ask(f"PRAGMA busy_timeout={patience}")
    return False


def _ask(statement: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []
