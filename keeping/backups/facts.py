"""Facts of a database apart from its content, by which a restored one is compared with it."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from django.apps import apps
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

# Answers a statement.
Ask = Callable[[str], Sequence[Any]]

MIGRATIONS = MigrationRecorder.Migration._meta.db_table


class Facts(NamedTuple):
    """`migrations`: the names of those that are applied. `rows`: how many each table has."""

    migrations: list[str]
    rows: dict[str, int]


def facts(ask: Ask) -> Facts:
    """Those of the database as `ask` sees it."""
    applied = ask(f"SELECT app, name FROM {MIGRATIONS} ORDER BY app, name")
    return Facts([f"{app}.{name}" for app, name in applied], rows(tables(), ask))


def tables() -> list[str]:
    """The tables of this version that the database has."""
    known = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
    return sorted(known.intersection(connection.introspection.table_names()))


def rows(tables: Sequence[str], ask: Ask) -> dict[str, int]:
    """How many rows each of them has."""
    return {table: int(ask(f'SELECT count(*) FROM "{table}"')[0][0]) for table in tables}


def ask(statement: str) -> Sequence[Any]:
    """The answer of Django's connection."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
        answer: Sequence[Any] = cursor.fetchall()
        return answer
