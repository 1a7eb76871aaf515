"""While an upgrade goes on, the newest release still serves, on the tables of the new version."""

from functools import cache

import pytest
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from testkit.server import ROOT
from tests.support.migration_rules import Fault, faults
from tests.upgrade.releases import each_release, migrations_of

OURS = sorted(path.parents[1].name for path in ROOT.glob("*/migrations/__init__.py"))

MEANWHILE = (
    "Messages wait while it is built, and none is refused: docs/upgrade.md says to choose a quiet time."
)
# What the rules do not allow, as migration and step, and why it may be all the same.
ALLOWED: dict[tuple[str, str], str] = {}


def faults_since(release: str) -> list[Fault]:
    """Those of the migrations since the release."""
    graph = loader().graph
    plan = dict.fromkeys(node for leaf in graph.leaf_nodes() for node in graph.forwards_plan(leaf))
    new = [node for node in plan if node[0] in OURS and node not in migrations_of(release)]
    state = ProjectState()
    for node in (node for node in plan if node not in new):
        graph.nodes[node].mutate_state(state, preserve=False)
    old = set(state.models)
    return [fault for node in new for fault in faults(graph.nodes[node], state, old)]


@each_release(newest_only=True)
def test_listed_exceptions_match_incompatible_migrations(release: str) -> None:
    assert {(fault.migration, fault.step) for fault in faults_since(release)} == ALLOWED.keys()


NAME = models.TextField(default="")
SECOND = models.TextField(db_default="", default="")
BREAKING = {
    "a column that must be filled": migrations.AddField("user", "second_name", NAME),
    "a column that is gone": migrations.RemoveField("user", "nickname"),
    "a column under another name": migrations.RenameField("user", "nickname", "name"),
    "a column of another type": migrations.AlterField("user", "nickname", models.IntegerField(default=0)),
    "a column that may not be empty any more": migrations.AlterField(
        "user", "last_login", models.DateTimeField()
    ),
    "a table that is gone": migrations.DeleteModel("user"),
    "an index": migrations.AddIndex("user", models.Index(fields=["nickname"], name="by_name")),
    "a constraint": migrations.AddConstraint(
        "user", models.UniqueConstraint(fields=["nickname"], name="one_of_each")
    ),
    "code": migrations.RunPython(migrations.RunPython.noop),
}


@cache
def loader() -> MigrationLoader:
    return MigrationLoader(None, ignore_no_migrations=True)


def look_at(operation: Operation) -> list[Fault]:
    """What the rules say of it, after the tables of the version before."""
    state = loader().project_state(("accounts", "0001_initial"))
    tried = type("Tried", (migrations.Migration,), {"operations": [operation]})("0099_tried", "accounts")
    return list(faults(tried, state, set(state.models)))


@pytest.mark.parametrize("operation", BREAKING.values(), ids=BREAKING)
def test_operations_that_break_the_last_release_are_reported(operation: Operation) -> None:
    assert len(look_at(operation)) == 1


@pytest.mark.parametrize(
    "operation",
    [
        migrations.AddField("user", "second_name", SECOND),
        migrations.AddField("user", "seen_at", models.DateTimeField(null=True)),
        migrations.AlterField("user", "nickname", models.CharField(max_length=100, help_text="Shown.")),
        migrations.CreateModel("Other", [("id", models.BigAutoField(primary_key=True))]),
    ],
    ids=["a default in the database", "empty", "another help text", "a new table"],
)
def test_compatible_operations_are_not_reported(operation: Operation) -> None:
    assert look_at(operation) == []
