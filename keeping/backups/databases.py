"""The database of this place, of whichever kind it is."""

from types import ModuleType

from django.db import connection
from django.db.migrations.loader import MigrationLoader

from keeping import unfinished
from keeping.backups import postgresql, sqlite
from keeping.backups.facts import MIGRATIONS

_KINDS = {"sqlite": sqlite, "postgresql": postgresql}


def kind() -> str:
    return connection.vendor


def driver() -> ModuleType:
    """Has `size`, `dump` and `load`."""
    return _KINDS[kind()]


def is_empty() -> bool:
    """Whether it has no tables, but the mark of a restore."""
    return not {*connection.introspection.table_names()} - {unfinished.TABLE}


def is_loaded() -> bool:
    """Whether it has the tables of an installation."""
    return MIGRATIONS in connection.introspection.table_names()


def known_migrations() -> set[str]:
    """Those of this version."""
    return {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
