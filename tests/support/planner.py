"""What SQLite knows of tables when it plans."""

from django.db import connection

ROWS = 1_000_000


def take_for_large(table: str) -> None:
    """The planner takes the table for a large one, of which each column of an index leaves a hundredth, and
    knows nothing of others. If ANALYZE has found a few rows, which some test before may have had it run,
    SQLite sorts them instead of going through an index; if it knows nothing, the order in which the indexes
    were made decides between two."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {table}")
            # Those of a table that is joined count too.
            cursor.execute("DELETE FROM sqlite_stat1")
            for (index,) in cursor.execute("SELECT name FROM pragma_index_list(%s)", [table]).fetchall():
                row = cursor.execute("SELECT count(*) FROM pragma_index_info(%s)", [index]).fetchone()
                stat = " ".join(str(max(1, ROWS // 100**at)) for at in range(row[0] + 1))
                cursor.execute("INSERT INTO sqlite_stat1 VALUES (%s, %s, %s)", [table, index, stat])
            # Read again what is known.
            cursor.execute("ANALYZE sqlite_schema")
