"""Statements that are written by hand: their rows, and the lists of ids in them."""

from collections.abc import Collection
from typing import Any

from django.db import connection


def among(ids: Collection[int]) -> tuple[str, list[Any]]:
    """What to write after a column that is to be one of these, and its parameters."""
    if connection.vendor == "postgresql":
        # One parameter: with hundreds, psycopg takes longer to read the statement than PostgreSQL to answer.
        return "= ANY(%s)", [list(ids)]
    return f"IN ({', '.join(['%s'] * len(ids))})", [*ids]


def fetch(statement: str, *params: Any) -> list[tuple[Any, ...]]:
    """All rows that the statement gives. Raises DatabaseError."""
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return list(cursor.fetchall())
