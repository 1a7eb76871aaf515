"""Empties the database after each test that has committed.

Django empties every table and recreates content types and permissions, which takes longer than most tests.
"""

from typing import Any

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.test import TransactionTestCase

# The tables that have rows from the beginning.
_KEPT: tuple[Any, ...] = (ContentType, Permission)


class Emptying:
    """Empties only tables that have rows.

    The initial rows stay, unless a test has added or deleted some; then they are restored.
    """

    def __init__(self) -> None:
        self._rows: dict[str, list[Any]] = {
            model._meta.db_table: list(model._default_manager.all()) for model in _KEPT
        }
        tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
        self._which = " UNION ALL ".join(map(self._is_filled, tables))
        TransactionTestCase._fixture_teardown = lambda _: self.empty()  # type: ignore[attr-defined]
        TransactionTestCase._should_reload_connections = lambda _: not _is_clean()  # type: ignore[attr-defined]

    def _is_filled(self, table: str) -> str:
        """Return SQL that selects the table's name if it must be emptied."""
        where = f"EXISTS (SELECT 1 FROM {table})"
        if table in self._rows:
            ids = [row.pk for row in self._rows[table]]
            where = f"(SELECT count(*) <> {len(ids)} OR sum(id) <> {sum(ids)} FROM {table})"
        return f"SELECT '{table}' WHERE {where}"

    def empty(self) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(self._which)
            results = [table for (table,) in cursor.fetchall()]
            if results and connection.vendor == "postgresql":
                # Without checking references and calling triggers.
                cursor.execute("SET LOCAL session_replication_role = replica")
            for table in results:
                cursor.execute(f"DELETE FROM {table}")
            for model in _KEPT:
                if model._meta.db_table in results:
                    model._default_manager.bulk_create(self._rows[model._meta.db_table])


def _is_clean() -> bool:
    """Return whether the connection can be reused. Opening a new one takes as long as emptying the
    database."""
    return connection.vendor == "sqlite" and connection.get_autocommit() and not connection.in_atomic_block
