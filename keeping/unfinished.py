"""The marks of a place that is not whole: tables in its database.

They are made before anything else, and go in the transaction that makes the place whole. So a power cut
leaves them, and every process on every machine sees them.
"""

from django.db import connection

from keeping.errors import MaintenanceRefused

TABLE = "keeping_unfinished_restore"
CREATE = f"CREATE TABLE {TABLE} (backup varchar(64) NOT NULL)"
DROP = f"DROP TABLE {TABLE}"

# That the place is being moved, in both databases: the name of the move, and how far it is.
MOVE = "keeping_move"
BEGUN, MOVED = "begun", "moved"
_MOVE_AGAIN = "run `im66 movedatabase` again with DATABASE_URL naming the PostgreSQL database"
_REOPEN = "im66 movedatabase --reopen"


def mark(backup: str) -> list[str]:
    """The statements that mark a database as one into which the backup of this name is being restored."""
    assert backup.isalnum()
    return [CREATE, f"INSERT INTO {TABLE} VALUES ('{backup}')"]


def restored_here() -> str | None:
    """The name of the backup whose restore has not finished here."""
    return _marked(TABLE, "backup")


def require_complete() -> None:
    """Raises MaintenanceRefused where a restore or a move has not finished, and where the place has moved
    away."""
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
    """What the mark says, if it is there."""
    if table not in connection.introspection.table_names():
        return None
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {table}")
        return str(cursor.fetchone()[0])
