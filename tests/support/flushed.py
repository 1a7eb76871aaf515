"""What a database has besides what people do: the kinds of objects, and the permissions for them.

Django makes them anew whenever a test has emptied the database, which takes longer than most tests.
"""

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.management import create_contenttypes
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.backends.postgresql.operations import DatabaseOperations
from django.db.models.signals import post_migrate

_MAKE_PERMISSIONS = "django.contrib.auth.management.create_permissions"


_KEPT: tuple[Any, ...] = (ContentType, Permission)


class Kept:
    """The rows as they are now. A flush leaves them, unless a test has added or deleted some; then these are
    put back, and none are made."""

    def __init__(self) -> None:
        self._rows: dict[Any, list[Any]] = {model: list(model._default_manager.all()) for model in _KEPT}
        assert post_migrate.disconnect(create_contenttypes)
        assert post_migrate.disconnect(dispatch_uid=_MAKE_PERMISSIONS)
        post_migrate.connect(self._put_back, weak=False)
        flush_all = type(connection.ops).sql_flush

        def flush_others(operations: Any, style: Any, tables: Sequence[str], **options: Any) -> list[str]:
            left = {model._meta.db_table for model in _KEPT} if self._are_there() else set()
            others = [table for table in tables if table not in left]
            return flush_all(operations, style, others, **options)

        type(connection.ops).sql_flush = flush_others  # type: ignore[assignment,method-assign]

    def _are_there(self) -> bool:
        found = (model._default_manager.values_list("pk", flat=True) for model in _KEPT)
        return all(
            {*keys} == {row.pk for row in rows} for keys, rows in zip(found, self._rows.values(), strict=True)
        )

    def _put_back(self, *, sender: Any, using: str, **_: Any) -> None:
        # Once for all apps.
        if sender.label == ContentType._meta.app_label and not self._are_there():
            for model, rows in self._rows.items():
                model._default_manager.using(using).bulk_create(rows, ignore_conflicts=True)


def delete_instead_of_truncating() -> None:
    """On PostgreSQL, where to truncate makes new files for all tables and indexes."""
    DatabaseOperations.sql_flush = _delete_all  # type: ignore[method-assign, assignment]


def _delete_all(
    operations: DatabaseOperations, _style: object, tables: Sequence[str], **_options: object
) -> list[str]:
    # All at once, in one statement, without looking at references or calling triggers.
    deleted = [f"DELETE FROM {operations.quote_name(table)}" for table in tables]
    return ["; ".join(["SET LOCAL session_replication_role = replica", *deleted])]
