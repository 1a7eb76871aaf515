"""While an upgrade goes on, the version before still serves, on the tables of the new one.

The version before is the one that made `recorded.sql`. Its migrations are those that are noted there.
"""

import re
import sqlite3
from functools import cache
from pathlib import Path

import pytest
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from testkit.server import ROOT, Server
from tests.support.migration_rules import Fault, faults

RECORDED = Path(__file__).with_name("recorded.sql").read_text()
OURS = sorted(path.parents[1].name for path in ROOT.glob("*/migrations/__init__.py"))

MEANWHILE = (
    "Messages wait while it is built, and none is refused: docs/upgrade.md says to choose a quiet time."
)
SMALL = "The table is small: people or stays, not messages."
ALL_NEW = "It writes only into tables that the version before does not know."
WHOLE_SECONDS = "The version before does not know the column."
# What the rules do not allow, and why it may be all the same.
ALLOWED = {
    ("accounts.0006_standing_until", "AddIndex user.ends_muted_until"): SMALL,
    ("accounts.0006_standing_until", "AddIndex user.ends_banned_until"): SMALL,
    ("accounts.0008_spelling", "AddIndex user.not_spelled"): SMALL,
    ("accounts.0010_own_logins", "AddIndex user.has_confirmed"): SMALL,
    ("accounts.0013_moments_from_which_proofs_count", "AlterField user.proofs_from"): WHOLE_SECONDS,
    ("accounts.0013_moments_from_which_proofs_count", "AlterField user.tokens_from"): WHOLE_SECONDS,
    (
        "groups.0004_roles",
        "RunPython give_owners",
    ): "Locks 500 groups at a time; the version before knows owners.",
    ("groups.0005_notices_at_the_end", "AddIndex membership.left_at"): SMALL,
    ("groups.0008_invited_and_left", "AddIndex membership.not_accepted"): SMALL,
    ("chat.0005_amendments", "AddIndex message.written_by"): MEANWHILE,
    ("chat.0005_amendments", "AddIndex message.about"): MEANWHILE,
    ("chat.0005_amendments", "AddConstraint message.once_for_each_cid"): "The version before writes no cid.",
    ("chat.0006_conversations", "RunPython begin"): ALL_NEW,
    ("chat.0007_search", "RunPython create"): ALL_NEW,
    (
        "chat.0008_search_by_place",
        "RunPython create",
    ): "On SQLite alone, where no two versions serve at once.",
    (
        "chat.0009_cid_first",
        "RemoveConstraint message.once_for_each_cid",
    ): "It comes back in the same transaction.",
    ("chat.0009_cid_first", "AddConstraint message.once_for_each_cid"): MEANWHILE,
    (
        "chat.0012_search_by_place_on_postgresql",
        "RunPython begin_anew",
    ): "What the version before indexes meanwhile, `reindex` indexes again.",
    ("chat.0014_reaction_tallies", "AddIndex message.about_by"): MEANWHILE,
    ("chat.0014_reaction_tallies", "AddIndex message.group_messages"): MEANWHILE,
    (
        "chat.0014_reaction_tallies",
        "RunPython tally",
    ): "Fills a new table; rows that the version before appends meanwhile are read after the tallies.",
    ("moderation.0002_append_only", "RunPython hold"): ALL_NEW,
    ("moderation.0003_roles", "RunPython make"): "Permissions and roles are few, and are added.",
    ("moderation.0011_counters", "RunPython begin_with_the_last_day"): ALL_NEW,
    ("moderation.0012_rules", "RunPython begin_at_the_end"): ALL_NEW,
    (
        "moderation.0014_on_whose_behalf",
        "RunSQL ",
    ): "It adds a column that may be empty, and an index of the rows in which it is not: none yet.",
    (
        "moderation.0015_with_whom_it_was_read",
        "RunSQL ",
    ): "It adds a column that may be empty, and an index of the rows in which it is not: none yet.",
    ("notifications.0002_begin_at_the_end", "RunPython begin_at_the_end"): ALL_NEW,
    (
        "chat.0015_profiles_begin_at_the_end",
        "RunPython begin_at_the_end",
    ): "The version before has no such reader.",
    ("chat.0023_files_of_a_conversation", "AddIndex message.group_files"): MEANWHILE,
    ("chat.0023_files_of_a_conversation", "AddIndex message.unicast_files"): MEANWHILE,
    ("chat.0026_file_references", "AddIndex message.referring_to_file"): MEANWHILE,
    ("chat.0037_unicast_messages", "AddIndex message.unicast_messages"): MEANWHILE,
    (
        "chat.0036_mark_bots",
        "RunSQL ",
    ): "Bots are few. One that the version before makes meanwhile is marked when it shows its secret.",
    (
        "notifications.0011_bots_are_known",
        "RunPython know",
    ): "Adds rows only. A bot that the version before makes meanwhile is known when it shows its secret.",
}
# These hold nothing that a version writes while it serves.
ASIDE = {
    "django_migrations",
    "django_content_type",
    "auth_permission",
    "sqlite_sequence",
    "chat_installation",
}


def known_before() -> set[tuple[str, str]]:
    """The migrations of the version before, of all apps."""
    return set(re.findall(r"INTO \"django_migrations\" VALUES\(\d+,'(\w+)','(\w+)'", RECORDED))


@cache
def found() -> list[Fault]:
    """All faults of the migrations since."""
    graph = loader().graph
    before = known_before()
    leaves = graph.leaf_nodes()
    plan = dict.fromkeys(node for leaf in leaves for node in graph.forwards_plan(leaf))
    # What the version before has, then the rest.
    state = ProjectState()
    for node in (node for node in plan if node in before):
        graph.nodes[node].mutate_state(state, preserve=False)
    old = set(state.models)
    return [
        fault
        for node in plan
        if node not in before
        for fault in faults(graph.nodes[node], state, old)
        if node[0] in OURS
    ]


def test_no_migration_breaks_the_version_before_without_a_reason() -> None:
    unexplained = [fault for fault in found() if (fault.migration, fault.step) not in ALLOWED]
    assert unexplained == []


def test_every_exception_is_needed() -> None:
    assert ALLOWED.keys() <= {(fault.migration, fault.step) for fault in found()}


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
def test_what_breaks_the_version_before_is_found(operation: Operation) -> None:
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
def test_what_does_not_is_left_alone(operation: Operation) -> None:
    assert look_at(operation) == []


@pytest.mark.slow
def test_what_the_version_before_writes_and_reads_still_goes(tmp_path: Path) -> None:
    before = sqlite3.connect(":memory:")
    before.executescript(RECORDED)
    server = Server(tmp_path)
    server.prepare()
    after = sqlite3.connect(tmp_path / "im66.sqlite3")
    written = 0
    with after:
        # What refers to what comes in any order.
        after.execute("PRAGMA defer_foreign_keys = on")
        for table in tables(before):
            names = [name for _, name, *_ in before.execute(f'PRAGMA table_info("{table}")')]
            columns = ", ".join(f'"{name}"' for name in names)
            rows = before.execute(f'SELECT {columns} FROM "{table}"').fetchall()
            marks = ", ".join("?" * len(names))
            written += len(rows)
            after.executemany(f'INSERT INTO "{table}" ({columns}) VALUES ({marks})', rows)
            assert set(after.execute(f'SELECT {columns} FROM "{table}"')) >= set(rows)
    assert written > 20
    before.close()
    after.close()


def tables(database: sqlite3.Connection) -> list[str]:
    found = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    return sorted({name for (name,) in found} - ASIDE)
