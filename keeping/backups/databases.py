"""The database of this installation, SQLite or PostgreSQL."""

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
    """Return the module with `size`, `dump` and `load` for this database."""
    return _KINDS[kind()]


def is_empty() -> bool:
    """Whether the database has no tables, except the mark of a restore."""
    return not {*connection.introspection.table_names()} - {unfinished.TABLE}


def is_loaded() -> bool:
    """Whether the database has the tables of an installation."""
    return MIGRATIONS in connection.introspection.table_names()


def known_migrations() -> set[str]:
    """Return the names of this version's migrations."""
    return {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
