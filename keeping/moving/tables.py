"""The tables that are moved, each after those that it refers to."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from django.apps import apps
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Field, Model, UniqueConstraint

from keeping.backups.facts import MIGRATIONS
from keeping.moving.columns import Column, Unfit, column


class Table(NamedTuple):
    """`key`: which of the columns is the primary key. `rises`: rows get the next number as their key.
    `refers_to_itself`: its rows name others of it."""

    name: str
    columns: Sequence[Column]
    key: int
    rises: bool
    refers_to_itself: bool

    @property
    def key_name(self) -> str:
        return self.columns[self.key].name

    def fit(self, row: Sequence[Any], *, mend: bool) -> list[str | None]:
        """The row as PostgreSQL takes it. Raises Unfit for a value that it does not take, and that may not be
        mended."""
        return [
            None if value is None else _fit(each, value, mend=mend)
            for each, value in zip(self.columns, row, strict=True)
        ]

    def unfit(self, row: Sequence[Any]) -> Iterator[tuple[Column, Unfit]]:
        """The values of the row that PostgreSQL does not take."""
        for each, value in zip(self.columns, row, strict=True):
            try:
                _ = None if value is None else each.fit(value)
            except Unfit as unfit:
                yield each, unfit


def mended(column: Column, unfit: Unfit) -> str | None:
    """What is stored in its place, if anything may be."""
    return None if column.is_key else unfit.mended


def _fit(column: Column, value: Any, *, mend: bool) -> str:
    try:
        return column.fit(value)
    except Unfit as unfit:
        instead = mended(column, unfit) if mend else None
        if instead is None:
            raise
        return instead


def tables(database: BaseDatabaseWrapper | None = None) -> list[Table]:
    """Those of all models, with the column types of `database`, which is a PostgreSQL; the default one if
    None is given."""
    models = {model._meta.db_table: model for model in apps.get_models(include_auto_created=True)}
    # A proxy has the table of another model.
    models |= {model._meta.db_table: model for model in models.values() if not model._meta.proxy}
    return [_table(model, database or connection) for model in _in_order(list(models.values()))]


def not_moved(present: Sequence[str], moved: Sequence[Table]) -> list[str]:
    """Those of the tables that an installation does not have: nobody knows whose they are."""
    ours = {MIGRATIONS, "sqlite_sequence", *(table.name for table in moved)}
    ours |= {name for name in present if name.startswith(("chat_search", "keeping_move", "sqlite_stat"))}
    return sorted(set(present) - ours)


def _in_order(models: Sequence[type[Model]]) -> list[type[Model]]:
    ordered: list[type[Model]] = []
    left = list(models)
    while left:
        ready = [model for model in left if not _referred(model) & {one._meta.db_table for one in left}]
        assert ready, f"these refer to each other: {left}"
        ordered += sorted(ready, key=lambda model: model._meta.db_table)
        left = [model for model in left if model not in ready]
    return ordered


def _referred(model: type[Model]) -> set[str]:
    """The other tables that rows of this one name."""
    return {other._meta.db_table for other in _others(model)} - {model._meta.db_table}


def _others(model: type[Model]) -> list[type[Model]]:
    """Those that rows of the model name."""
    relations = (field.remote_field for field in model._meta.concrete_fields)
    return [relation.model for relation in relations if relation]


def _table(model: type[Model], database: BaseDatabaseWrapper) -> Table:
    fields, keys = model._meta.concrete_fields, _keys(model)
    key = model._meta.pk
    assert key is not None
    return Table(
        model._meta.db_table,
        [_column(field, keys, database) for field in fields],
        list(fields).index(key),
        key.get_internal_type() in ("AutoField", "BigAutoField", "SmallAutoField"),
        any(other._meta.db_table == model._meta.db_table for other in _others(model)),
    )


def _column(field: "Field[Any, Any]", keys: set[str], database: BaseDatabaseWrapper) -> Column:
    type_ = field.db_type(database)
    assert type_
    assert field.column
    is_key = field.unique or bool(field.remote_field) or field.name in keys
    return column(field.column, type_, is_key=is_key)


def _keys(model: type[Model]) -> set[str]:
    """The fields that must be unique together with others."""
    meta = model._meta
    constraints = (each.fields for each in meta.constraints if isinstance(each, UniqueConstraint))
    return {name for names in (*constraints, *meta.unique_together) for name in names}
