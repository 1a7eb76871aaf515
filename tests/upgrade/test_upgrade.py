"""A database that an earlier version made is brought up to date, and nothing in it is lost.

`recorded.sql` is such a database. Alice owns the group, Bob is a member, Charlie was put out. Bob has not
read Alice's last message.
"""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from testkit.phone import Phone
from testkit.prepared import NAME
from testkit.server import Server

pytestmark = pytest.mark.slow

STEM = "0123456789abcdef" * 2
# With their columns; and the indexes.
TABLES = """
SELECT found.type, found.name, columns.name, columns.type
FROM sqlite_master AS found LEFT JOIN pragma_table_info(found.name) AS columns
ORDER BY 1, 2, 3
"""
READ = """
import json
from accounts.models import User
from chat.models import Conversation, Installation, Message
from django.contrib.admin.models import LogEntry
from groups.models import Group, Membership
from uploads.models import FailedAttempt, StoredFile

def rows(model, *fields):
    return [list(row) for row in model.objects.order_by("pk").values_list(*fields)]

print(json.dumps({
    "people": rows(User, "userid", "nickname", "avatar", "muted", "delivered_id"),
    "groups": rows(Group, "name", "notice", "creator", "snap"),
    "alive": list(Group.objects.alive().values_list("pk", flat=True)),
    "stays": rows(Membership, "group", "user", "role", "since_id", "until_id"),
    "messages": rows(Message, "id", "kind", "sender", "recipient", "group", "content"),
    "conversations": sorted(rows(Conversation, "user", "peer", "group", "read_id"), key=str),
    "files": rows(StoredFile, "stem", "name"),
    "failures": rows(FailedAttempt, "kind", "reason", "text", "passing"),
    "installation": rows(Installation, "key"),
    "operators": [str(entry.content_type.model_class()) for entry in LogEntry.objects.all()],
}))
"""


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The file of the database."""
    server = Server(tmp_path_factory.mktemp("migrated"))
    recorded = Path(__file__).with_name("recorded.sql").read_text()
    with closing(sqlite3.connect(server.data_dir / NAME)) as database:
        database.executescript(recorded)
    server.prepare()
    with closing(sqlite3.connect(server.data_dir / NAME)) as database:
        # So that one file is all of it.
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return (server.data_dir / NAME).read_bytes()


@pytest.fixture
def upgraded(migrated: bytes, tmp_path: Path) -> Server:
    (tmp_path / NAME).write_bytes(migrated)
    return Server(tmp_path)


def test_all_that_was_stored_is_there(upgraded: Server) -> None:
    found: dict[str, Any] = json.loads(upgraded.run_python(READ))

    assert found == {
        "people": [
            ["alice", "Alice", f"/media/{STEM}-64x64.jpg", False, 6],
            ["bob", "", "", False, 5],
            ["charlie", "", "", True, 0],
        ],
        "groups": [
            ["Friends", "Be kind.", "alice", "fedcba9876543210" * 2 + ".jpg"],
            ["Gone", "", "bob", ""],
        ],
        "alive": [1],
        "stays": [
            [1, "alice", "owner", 1, None],
            [1, "bob", "member", 1, None],
            [1, "charlie", "member", 1, 3],
            [2, "bob", "owner", 7, 8],
            [2, "alice", "member", 7, 8],
        ],
        "messages": [
            [1, "notice", None, None, 1, '{"joined": ["alice", "bob", "charlie"], "left": []}'],
            [2, "text", "alice", None, 1, "to all"],
            [3, "notice", None, None, 1, '{"joined": [], "left": ["charlie"]}'],
            [4, "text", "alice", "bob", None, "hello"],
            [5, "text", "bob", "alice", None, "hello yourself"],
            [6, "text", "alice", "bob", None, "are you there?"],
            [7, "notice", None, None, 2, '{"joined": ["bob", "alice"], "left": []}'],
            [8, "notice", None, None, 2, '{"joined": [], "left": ["alice", "bob"]}'],
        ],
        "conversations": [
            ["alice", "bob", None, 8],
            ["alice", None, 1, 8],
            ["bob", "alice", None, 8],
            ["bob", None, 1, 8],
        ],
        "files": [[STEM, f"{STEM}-64x64.jpg"]],
        "failures": [["picture", "broken", "The file cannot be read.", False]],
        "installation": [["00" * 32]],
        "operators": ["<class 'groups.models.Group'>"],
    }


def test_the_tables_are_those_of_a_new_database(
    upgraded: Server, tmp_path_factory: pytest.TempPathFactory
) -> None:
    new = Server(tmp_path_factory.mktemp("new"))
    new.prepare()

    assert upgraded.query(TABLES) == new.query(TABLES)
    assert upgraded.manage("makemigrations", "--check", "--dry-run") == "No changes detected\n"


async def test_people_go_on_where_they_were(upgraded: Server) -> None:
    upgraded.start()
    try:
        async with Phone(upgraded.entry, "bob") as bob, Phone(upgraded.entry, "alice") as alice:
            assert await bob.contents(1) == ["are you there?"]
            await bob.group_text("1", "here I am")
            assert await alice.contents(1) == ["here I am"]
    finally:
        upgraded.stop()
