"""Statements that insert rows into the table of the log. Only `log` and
`changes` call them, when they have taken the log's end."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from typing import Any

import msgspec
from django.db import connection

from log.models import Message
from log.pairs import marks
from log.rows import LogId
from log.stored_rows import ROW_FIELDS

# The limits of one statement. Some versions of SQLite allow only 999 parameters. And Python keeps each
# statement, one for every number of rows, with its last values.
_ROWS = 100
_CHARACTERS = 64 * 1024
COLUMNS = ROW_FIELDS[1:]
_CONTENT, _DETAILS = COLUMNS.index("content"), COLUMNS.index("details")
_NAMES = ", ".join(f'"{name}"' for name in COLUMNS)
_INTO = f'"{Message._meta.db_table}" ({_NAMES})'
_ONCE = 'ON CONFLICT ("sender_id", "cid") WHERE "cid" IS NOT NULL DO NOTHING RETURNING "id"'


def insert(rows: Sequence[tuple[Any, ...]]) -> list[LogId]:
    """Insert the rows, each the values of COLUMNS, except those whose sender has used their cid before.
    Returns the ids of the others."""
    return [id_ for some in portions(rows) for id_ in insert_some(some)]


def portions(rows: Iterable[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    """The rows of each statement: as many as one statement takes, at least one."""
    portion: list[tuple[Any, ...]] = []
    characters = 0
    for row in rows:
        weight = len(row[_CONTENT]) + len(row[_CONTENT + 1]) + len(row[_DETAILS] or "")
        if portion and (len(portion) == _ROWS or characters + weight > _CHARACTERS):
            yield portion
            portion, characters = [], 0
        portion.append(row)
        characters += weight
    if portion:
        yield portion


def insert_some(rows: Sequence[tuple[Any, ...]]) -> list[LogId]:
    """The same with one statement, for as many rows as `portions` gives."""
    # Not bulk_create: it takes two thirds of an append's time for work that is the same for every batch.
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            objects = [dict(zip(COLUMNS, row, strict=True)) for row in rows]
            cursor.execute(_json_statement(), [msgspec.json.encode(objects).decode()])
        else:
            cursor.execute(_statement(len(rows)), [value for row in rows for value in row])
        return sorted(id_ for (id_,) in cursor.fetchall())


@lru_cache
def _statement(rows: int) -> str:
    values = ", ".join([f"({marks(len(COLUMNS))})"] * rows)
    # Without OR FAIL, SQLite keeps a copy of each page that the statement changes, to undo the statement if a
    # row is refused. This takes half of its time, and the transaction is undone anyway.
    return f"INSERT OR FAIL INTO {_INTO} VALUES {values} {_ONCE}"


@cache
def _json_statement() -> str:
    """Return the statement for PostgreSQL, whose only parameter is a JSON array with an object for each row.
    A parameter for each value takes the client four times as long, and all of it under the log's lock."""
    fields = {field.column: field for field in Message._meta.concrete_fields}
    # Without its length, so that a longer value is refused by the table instead of the conversion.
    types = {name: str(fields[name].db_type(connection)).partition("(")[0] for name in COLUMNS}
    columns = ", ".join(f'"{name}" {type_}' for name, type_ in types.items())
    return f"INSERT INTO {_INTO} SELECT * FROM json_to_recordset(%s::json) AS message({columns}) {_ONCE}"
