"""A database that a release wrote is brought up to date, and nothing in it is lost."""

from pathlib import Path

import pytest

from testkit.phone import Phone
from testkit.server import ROOT, Server
from tests.upgrade.releases import each_release, unpack

pytestmark = pytest.mark.slow

# With their columns; and the indexes.
TABLES = """
SELECT listed.type, listed.name, columns.name, columns.type
FROM sqlite_master AS listed LEFT JOIN pragma_table_info(listed.name) AS columns
ORDER BY 1, 2, 3
"""


@each_release()
async def test_messages_of_a_release_are_delivered_after_the_upgrade(release: str, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    unpack(release, tmp_path / "code")
    server = Server(tmp_path / "data")
    server.root = tmp_path / "code"
    server.prepare()
    with server:
        async with Phone(server.entry, "alice") as alice, Phone(server.entry, "bob") as bob:
            await alice.text("bob", "hello")
            assert await bob.contents(1) == ["hello"]
            await bob.say_goodbye()
            await alice.text("bob", "are you there?")
            await alice.settle()
    before = server.stored()
    server.root = ROOT
    server.manage("migrate", "--verbosity", "0")
    with server:
        async with Phone(server.entry, "bob") as bob, Phone(server.entry, "alice") as alice:
            assert await bob.contents(1) == ["are you there?"]
            await bob.text("alice", "here I am")
            assert await alice.contents(1) == ["here I am"]
    assert server.stored() == [*before, "here I am"]


@each_release()
def test_upgraded_schema_equals_that_of_a_new_database(release: str, tmp_path: Path) -> None:
    unpack(release, tmp_path / "code")
    upgraded, new = (Server(tmp_path / name) for name in ("upgraded", "new"))
    for server in (upgraded, new):
        server.data_dir.mkdir()
    upgraded.root = tmp_path / "code"
    upgraded.prepare()
    upgraded.root = ROOT
    upgraded.manage("migrate", "--verbosity", "0")
    new.prepare()
    assert upgraded.query(TABLES) == new.query(TABLES)
