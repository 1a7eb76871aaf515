"""Statements that are written by hand: their rows, and what the databases want written differently."""

import json
from collections.abc import Collection, Sequence
from typing import Any

from django.db import connection


def among(ids: Collection[int] | Collection[str]) -> tuple[str, list[Any]]:
    """What to write after a column that is to be one of these, and its parameters."""
    if connection.vendor == "postgresql":
        # One parameter: with hundreds, psycopg takes longer to read the statement than PostgreSQL to answer.
        return "= ANY(%s)", [list(ids)]
    return f"IN ({', '.join(['%s'] * len(ids))})", [*ids]


def text_rows(**columns: Sequence[str]) -> tuple[str, list[Any]]:
    """What to write after FROM for a table `given` of these columns of texts, whose rows also have a `place`
    in their order, and its parameters."""
    names = ", ".join(columns)
    if connection.vendor == "postgresql":
        lists = ", ".join(["%s::text[]"] * len(columns))
        return f"unnest({lists}) WITH ORDINALITY AS given ({names}, place)", [*map(list, columns.values())]
    each = ", ".join(f"json_extract(value, '$[{at}]') AS {name}" for at, name in enumerate(columns))
    rows = json.dumps(list(zip(*columns.values(), strict=True)))
    return f"(SELECT {each}, key AS place FROM json_each(%s)) AS given", [rows]


def seconds_of(column: str) -> str:
    """What to write for the whole seconds since 1970 of a column that holds a time."""
    if connection.vendor == "postgresql":
        return f"CAST(FLOOR(EXTRACT(EPOCH FROM {column})) AS bigint)"
    # SQLite would round to the nearest second. Per cent signs are doubled, because `fetch` reads parameters.
    return f"CAST(strftime('%%s', substr({column}, 1, {len('2038-01-19 03:14:08')})) AS INTEGER)"


def migrate(schema_editor: Any, sqlite: Collection[str], postgresql: Collection[str]) -> None:
    """Execute these, in a migration."""
    for statement in postgresql if schema_editor.connection.vendor == "postgresql" else sqlite:
        schema_editor.execute(statement)


def fetch(statement: str, *params: Any) -> list[tuple[Any, ...]]:
    """All rows that the statement gives. Raises DatabaseError."""
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return list(cursor.fetchall())
