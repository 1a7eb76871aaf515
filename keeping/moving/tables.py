"""The tables to move, each after the tables that its foreign keys reference."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from django.apps import apps
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Field, Model, UniqueConstraint

from keeping.backups.facts import MIGRATIONS
from keeping.moving.columns import Column, InvalidValue, make_column


class Table(NamedTuple):
    """`key`: the index of the primary key among the columns. `has_serial_key`: the database numbers the rows.
    `references_itself`: a foreign key of the table references the table itself."""

    name: str
    columns: Sequence[Column]
    key: int
    has_serial_key: bool
    references_itself: bool

    @property
    def key_name(self) -> str:
        return self.columns[self.key].name

    def validate_row(self, row: Sequence[Any], *, mend: bool) -> list[str | None]:
        """Return the row's values as PostgreSQL's texts. With `mend`, replace invalid values where that is
        possible. Raises InvalidValue for the other invalid values."""
        return [
            None if value is None else _validate(column, value, mend=mend)
            for column, value in zip(self.columns, row, strict=True)
        ]

    def invalid_values(self, row: Sequence[Any]) -> Iterator[tuple[Column, InvalidValue]]:
        """Yield each column whose value PostgreSQL refuses, with the error."""
        for column, value in zip(self.columns, row, strict=True):
            try:
                _ = None if value is None else column.validate(value)
            except InvalidValue as error:
                yield column, error


def replacement_for(column: Column, error: InvalidValue) -> str | None:
    """Return the value to store instead of the invalid one. None if there is none, or the column is a key."""
    return None if column.is_key else error.replacement


def _validate(column: Column, value: Any, *, mend: bool) -> str:
    try:
        return column.validate(value)
    except InvalidValue as error:
        replacement = replacement_for(column, error) if mend else None
        if replacement is None:
            raise
        return replacement


def tables(database: BaseDatabaseWrapper | None = None) -> list[Table]:
    """Return the tables of all models, with the column types of `database`, a PostgreSQL connection; by
    default Django's default connection."""
    models = {model._meta.db_table: model for model in apps.get_models(include_auto_created=True)}
    # A proxy model shares the table of its concrete model.
    models |= {model._meta.db_table: model for model in models.values() if not model._meta.proxy}
    return [_table(model, database or connection) for model in _sorted_by_references(list(models.values()))]


def unknown_tables(present: Sequence[str], moved: Sequence[Table]) -> list[str]:
    """Return the names of those tables in the database that do not belong to im66."""
    known = {MIGRATIONS, "sqlite_sequence", *(table.name for table in moved)}
    known |= {name for name in present if name.startswith(("chat_search", "keeping_move", "sqlite_stat"))}
    return sorted(set(present) - known)


def _sorted_by_references(models: Sequence[type[Model]]) -> list[type[Model]]:
    ordered: list[type[Model]] = []
    remaining = list(models)
    while remaining:
        tables = {model._meta.db_table for model in remaining}
        ready = [model for model in remaining if not _referenced_tables(model) & tables]
        assert ready, f"these refer to each other: {remaining}"
        ordered += sorted(ready, key=lambda model: model._meta.db_table)
        remaining = [model for model in remaining if model not in ready]
    return ordered


def _referenced_tables(model: type[Model]) -> set[str]:
    """Return the other tables that foreign keys of the model's table reference."""
    return {other._meta.db_table for other in _referenced_models(model)} - {model._meta.db_table}


def _referenced_models(model: type[Model]) -> list[type[Model]]:
    relations = (field.remote_field for field in model._meta.concrete_fields)
    return [relation.model for relation in relations if relation]


def _table(model: type[Model], database: BaseDatabaseWrapper) -> Table:
    fields, keys = model._meta.concrete_fields, _unique_together_fields(model)
    key = model._meta.pk
    assert key is not None
    return Table(
        model._meta.db_table,
        [_column(field, keys, database) for field in fields],
        list(fields).index(key),
        key.get_internal_type() in ("AutoField", "BigAutoField", "SmallAutoField"),
        any(other._meta.db_table == model._meta.db_table for other in _referenced_models(model)),
    )


def _column(field: "Field[Any, Any]", keys: set[str], database: BaseDatabaseWrapper) -> Column:
    type_ = field.db_type(database)
    assert type_
    assert field.column
    is_key = field.unique or bool(field.remote_field) or field.name in keys
    return make_column(field.column, type_, is_key=is_key)


def _unique_together_fields(model: type[Model]) -> set[str]:
    """Return the names of the fields that are part of a uniqueness constraint over several fields."""
    meta = model._meta
    constraints = (item.fields for item in meta.constraints if isinstance(item, UniqueConstraint))
    return {name for names in (*constraints, *meta.unique_together) for name in names}
