"""What SQLite knows of tables when it plans."""

from django.db import connection


def take_for_large(table: str) -> None:
    """The planner knows nothing any more of how many rows the table and others have. If ANALYZE has found a
    few, which some test before may have had it run, SQLite sorts them instead of going through an index."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {table}")
            # Those of a table that is joined count too.
            cursor.execute("DELETE FROM sqlite_stat1")
            # Read again what is known.
            cursor.execute("ANALYZE sqlite_schema")
