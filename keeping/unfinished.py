"""Marks of an unfinished restore or move: tables in the installation's database.

A mark is made before anything else, and removed in the transaction that completes the installation. So it
survives a power cut, and every process on every machine sees it.
"""

from django.db import connection

from keeping.errors import MaintenanceRefused

TABLE = "keeping_unfinished_restore"
CREATE = f"CREATE TABLE {TABLE} (backup varchar(64) NOT NULL)"
DROP = f"DROP TABLE {TABLE}"

# Marks both databases of a move, with the move's name and state.
MOVE = "keeping_move"
BEGUN, MOVED = "begun", "moved"
_MOVE_AGAIN = "run `im66 movedatabase` again with DATABASE_URL naming the PostgreSQL database"
_REOPEN = "im66 movedatabase --reopen"


def mark(backup: str) -> list[str]:
    """Return the statements that mark a database as the target of a restore from the backup of this name."""
    assert backup.isalnum()
    return [CREATE, f"INSERT INTO {TABLE} VALUES ('{backup}')"]


def restored_here() -> str | None:
    """Return the name of the backup of an unfinished restore into this database; None if there is none."""
    return _marked(TABLE, "backup")


def require_complete() -> None:
    """Raises MaintenanceRefused after an unfinished restore or move, and for a database that was moved
    elsewhere."""
    if restored_here() is not None:
        raise MaintenanceRefused(
            "A restore has not finished here: run `im66 restore` again, with the same backup."
        )
    state = _marked(MOVE, "state")
    if state == MOVED:
        raise MaintenanceRefused(
            "This database was moved to PostgreSQL, which DATABASE_URL must name. To go back to what it was "
            f"before: `{_REOPEN}`."
        )
    if state == BEGUN and connection.vendor == "sqlite":
        raise MaintenanceRefused(
            f"This database is being moved to PostgreSQL: {_MOVE_AGAIN}, or give it up: `{_REOPEN}`."
        )
    if state == BEGUN:
        raise MaintenanceRefused("A move into this database has not finished: run `im66 movedatabase` again.")


def _marked(table: str, column: str) -> str | None:
    """Return the value in the mark's table; None if there is no such table."""
    if table not in connection.introspection.table_names():
        return None
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {table}")
        return str(cursor.fetchone()[0])
