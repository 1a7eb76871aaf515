"""Facts about a database, with which a restored database is compared."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from django.apps import apps
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

# Executes a query and returns its rows.
Ask = Callable[[str], Sequence[Any]]

MIGRATIONS = MigrationRecorder.Migration._meta.db_table


class Facts(NamedTuple):
    """`migrations`: the names of the applied migrations. `rows`: the number of rows by table."""

    migrations: list[str]
    rows: dict[str, int]


def facts(ask: Ask) -> Facts:
    """Return the facts about the database that `ask` queries."""
    applied = ask(f"SELECT app, name FROM {MIGRATIONS} ORDER BY app, name")
    return Facts([f"{app}.{name}" for app, name in applied], row_counts(tables(), ask))


def tables() -> list[str]:
    """Return those tables of this version that exist in the database."""
    known = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
    return sorted(known.intersection(connection.introspection.table_names()))


def row_counts(tables: Sequence[str], ask: Ask) -> dict[str, int]:
    return {table: int(ask(f'SELECT count(*) FROM "{table}"')[0][0]) for table in tables}


def ask(statement: str) -> Sequence[Any]:
    """Execute a query on Django's connection and return its rows."""
    with connection.cursor() as cursor:
        cursor.execute(statement)
        fetched: Sequence[Any] = cursor.fetchall()
        return fetched
