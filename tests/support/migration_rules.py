"""Finds steps of migrations that would break the previous version while it still runs.

The previous version does not know new columns: it inserts rows without them, and keeps using the old ones. On
PostgreSQL, building an index blocks writes.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from django.db import connection
from django.db.migrations import Migration
from django.db.migrations import operations as to
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import Field, ManyToManyField
from django.db.models.fields import NOT_PROVIDED

RENAMES_OR_REMOVES = (
    to.RemoveField,
    to.RenameField,
    to.RenameModel,
    to.DeleteModel,
    to.AlterModelTable,
)
CONSTRAINS = (to.AddConstraint, to.AlterUniqueTogether)
RUNS = (to.RunPython, to.RunSQL)


class Fault(NamedTuple):
    """A step of a migration that could break or block the previous version."""

    migration: str
    step: str
    reason: str


def faults(migration: Migration, state: ProjectState, old: set[tuple[str, str]]) -> Iterator[Fault]:
    """Yield the faults of a migration, and apply it to `state`.

    `old` are the models of the previous version, as app and lower-case name.
    """
    app = migration.app_label
    for operation in migration.operations:
        # Copying the state is the slowest part, and a rendered state is rendered again at each step.
        before = state.clone() if isinstance(operation, to.AlterField) else state
        operation.state_forwards(app, state)
        if reason := _reason(operation, app, before, state, old):
            yield Fault(f"{app}.{migration.name}", _step(operation), reason)


def _reason(
    operation: Operation, app: str, before: ProjectState, after: ProjectState, old: set[tuple[str, str]]
) -> str:
    if isinstance(operation, RUNS):
        return "code of its own, which nobody but a person can judge"
    model: Any = getattr(operation, "model_name", None) or getattr(operation, "name", "")
    if (app, model.lower()) not in old:
        return ""
    if isinstance(operation, RENAMES_OR_REMOVES):
        return "the version before still uses it"
    if isinstance(operation, CONSTRAINS):
        return "the version before may break the constraint"
    if isinstance(operation, to.AddIndex):
        return "nobody writes into the table while the index is built"
    if isinstance(operation, to.RemoveConstraint):
        return "the version before may rely on it"
    return _reason_of_field(operation, app, before, after)


def _reason_of_field(operation: Operation, app: str, before: ProjectState, after: ProjectState) -> str:
    if isinstance(operation, to.AddField):
        return _of_new(operation.field)
    if isinstance(operation, to.AlterField):
        name = operation.name
        model = operation.model_name
        was = before.apps.get_model(app, model)._meta.get_field(name)
        becomes = after.clone().apps.get_model(app, model)._meta.get_field(name)
        assert isinstance(was, Field)
        assert isinstance(becomes, Field)
        return _of_altered(was, becomes)
    return ""


def _of_new(field: "Field[Any, Any]") -> str:
    is_filled = field.null or field.db_default is not NOT_PROVIDED or isinstance(field, ManyToManyField)
    if not is_filled:
        return "a row without it cannot be written: it needs null or db_default"
    return "the version before may break it" if field.unique else ""


def _of_altered(was: "Field[Any, Any]", becomes: "Field[Any, Any]") -> str:
    looks: list[tuple[str, Callable[[Field[Any, Any]], object]]] = [
        ("its type changes", lambda field: field.db_type(connection)),
        ("its column changes", lambda field: field.column),
        ("whether it may be empty changes", lambda field: field.null),
        ("whether it is unique changes", lambda field: field.unique),
    ]
    return next((what for what, look in looks if look(was) != look(becomes)), "")


def _step(operation: Operation) -> str:
    names = [getattr(operation, name, None) for name in ("model_name", "name")]
    for part in ("index", "constraint"):
        if result := getattr(operation, part, None):
            names[1] = result.name
    if isinstance(operation, to.RunPython):
        names = [getattr(operation.code, "__name__", "")]
    return f"{type(operation).__name__} {'.'.join(filter(None, names))}"
