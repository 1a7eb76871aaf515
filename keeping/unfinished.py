"""The mark of a place whose restore has not finished: a table in its database.

It is made before anything else, and goes in the transaction that makes the place whole. So a power cut leaves
it, and every process on every machine sees it.
"""

from django.db import connection

from keeping.errors import Refused

TABLE = "keeping_unfinished_restore"
CREATE = f"CREATE TABLE {TABLE} (backup varchar(64) NOT NULL)"
DROP = f"DROP TABLE {TABLE}"


def mark(backup: str) -> list[str]:
    """The statements that mark a database as one into which the backup of this name is being restored."""
    assert backup.isalnum()
    return [CREATE, f"INSERT INTO {TABLE} VALUES ('{backup}')"]


def restored_here() -> str | None:
    """The name of the backup whose restore has not finished here."""
    if TABLE not in connection.introspection.table_names():
        return None
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT backup FROM {TABLE}")
        return str(cursor.fetchone()[0])


def require_whole() -> None:
    """Raises Refused where a restore has not finished."""
    if restored_here() is not None:
        raise Refused("A restore has not finished here: run `manage.py restore` again, with the same backup.")
