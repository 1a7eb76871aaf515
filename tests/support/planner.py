"""Controls the statistics with which SQLite plans queries."""

from django.db import connection

ROWS = 1_000_000


def take_for_large(table: str) -> None:
    """Make SQLite's planner assume a large table, in which each index column selects a hundredth, and
    no statistics of other tables.

    If ANALYZE has found only a few rows, SQLite sorts them instead of using an index. Without statistics, the
    order of the indexes' creation decides between two.
    """
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {table}")
            # The statistics of joined tables matter too.
            cursor.execute("DELETE FROM sqlite_stat1")
            for (index,) in cursor.execute("SELECT name FROM pragma_index_list(%s)", [table]).fetchall():
                row = cursor.execute("SELECT count(*) FROM pragma_index_info(%s)", [index]).fetchone()
                stat = " ".join(str(max(1, ROWS // 100**at)) for at in range(row[0] + 1))
                cursor.execute("INSERT INTO sqlite_stat1 VALUES (%s, %s, %s)", [table, index, stat])
            # Reload the statistics.
            cursor.execute("ANALYZE sqlite_schema")
