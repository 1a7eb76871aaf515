"""What a database has besides what people do: the kinds of objects, and the permissions for them.

Django makes them anew whenever a test has emptied the database, which takes longer than most tests.
"""

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.management import create_contenttypes
from django.contrib.contenttypes.models import ContentType
from django.db.backends.postgresql.operations import DatabaseOperations
from django.db.models.signals import post_migrate

_MAKE_PERMISSIONS = "django.contrib.auth.management.create_permissions"


class Kept:
    """The rows as they are now. From now on these are put back, and none are made."""

    def __init__(self) -> None:
        self._types = list(ContentType.objects.all())
        self._permissions = list(Permission.objects.all())
        assert post_migrate.disconnect(create_contenttypes)
        assert post_migrate.disconnect(dispatch_uid=_MAKE_PERMISSIONS)
        post_migrate.connect(self._put_back, weak=False)

    def _put_back(self, *, sender: Any, using: str, **_: Any) -> None:
        # Once for all apps.
        if sender.label == ContentType._meta.app_label:
            ContentType.objects.using(using).bulk_create(self._types, ignore_conflicts=True)
            Permission.objects.using(using).bulk_create(self._permissions, ignore_conflicts=True)


def delete_instead_of_truncating() -> None:
    """On PostgreSQL, where to truncate makes new files for all tables and indexes."""
    DatabaseOperations.sql_flush = _delete_all  # type: ignore[method-assign, assignment]


def _delete_all(
    operations: DatabaseOperations, _style: object, tables: Sequence[str], **_options: object
) -> list[str]:
    # All at once, in one statement, without looking at references or calling triggers.
    deleted = [f"DELETE FROM {operations.quote_name(table)}" for table in tables]
    return ["; ".join(["SET LOCAL session_replication_role = replica", *deleted])]
