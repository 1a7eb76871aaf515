"""A server that is started during an import serves what was imported."""

import pytest

from testkit.phone import Phone
from testkit.server import Server
from tests.firstserver import command
from tests.firstserver.first_server import NOW, FirstServer, grouped, unicast

pytestmark = pytest.mark.slow

MESSAGES = 20_000
EXTENSION = 1000 * "x"


async def test_server_started_during_an_import_serves_its_rows(first: FirstServer, new: Server) -> None:
    first.group(12, "alice", ["alice", "charlie"])
    first.wait("bob", *(unicast("alice", f"{number}", NOW, EXTENSION) for number in range(MESSAGES)))
    first.wait("charlie", unicast("alice", "hello", NOW), grouped("alice", "to all", 12, NOW + 1))
    process = command.start(new, first.url)
    command.until_it_writes(new, process)

    new.start()

    async with Phone(new.entry, "charlie") as charlie, Phone(new.entry, "alice") as alice:
        assert await charlie.contents(2) == ["hello", "to all"]
        await alice.group_text("12", "new")
        assert await charlie.contents(1) == ["new"]
    text, complaint = process.communicate(timeout=command.SECONDS)
    assert (process.returncode, complaint) == (0, "")
    assert "20,002 messages were imported" in text
    assert "Traceback" not in new.log.read_text()
