"""Statements that insert rows into the table of the log. Only `log` and
`changes` call them, when they have taken the log's end."""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any

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
        statement = _statement(len(rows), connection.vendor)
        cursor.execute(statement, [value for row in rows for value in row])
        return sorted(id_ for (id_,) in cursor.fetchall())


@lru_cache
def _statement(rows: int, vendor: str) -> str:
    names = ", ".join(f'"{name}"' for name in COLUMNS)
    values = ", ".join([f"({marks(len(COLUMNS))})"] * rows)
    # Without OR FAIL, SQLite keeps a copy of each page that the statement changes, to undo the statement if a
    # row is refused. This takes half of its time, and the transaction is undone anyway.
    insert = "INSERT OR FAIL" if vendor == "sqlite" else "INSERT"
    once = 'ON CONFLICT ("sender_id", "cid") WHERE "cid" IS NOT NULL DO NOTHING'
    return f'{insert} INTO "{Message._meta.db_table}" ({names}) VALUES {values} {once} RETURNING "id"'
