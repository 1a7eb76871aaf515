"""The disk is full: SQLite can write no more."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from testkit.disk import set_free_space, small_disk
from testkit.phone import Phone
from testkit.server import WITHOUT_LIMITS, Server

DISK_BYTES = 8 * 1024 * 1024
LEFT_BYTES = 200 * 1024
CONTENT = "x" * 10_000


@pytest.fixture
def disk() -> Iterator[Path]:
    with small_disk(DISK_BYTES) as disk:
        yield disk


@pytest.fixture
def server(disk: Path) -> Iterator[Server]:
    server = Server(disk, IM66_MIN_FREE_MB="0", **WITHOUT_LIMITS)  # what comes of it when nobody looks
    server.prepare()
    # What it says must not count, nor fail.
    server.log = Path(tempfile.mkstemp(prefix="im66-log-")[1])
    server.start()
    yield server
    server.stop()
    server.log.unlink()


@pytest.mark.core
async def test_full_disk_rejects_messages_cleanly_and_recovers(server: Server, disk: Path) -> None:
    async with Phone(server.entry, "alice") as alice, Phone(server.entry, "bob") as bob:
        await alice.text("bob", f"before {CONTENT}")
        assert (await bob.message()).content == f"before {CONTENT}"
        set_free_space(disk, LEFT_BYTES)
        for number in range(100):
            await alice.text("bob", f"{number} {CONTENT}")
        # Answered once all before it is written or refused.
        await alice.send("records_bob_0")
        answers = [await alice.receive()]
        while not answers[-1].startswith("records_"):
            answers.append(await alice.receive())
        refused = answers[:-1]
        assert set(refused) == {"error_503_the message was not stored, try again"}
        set_free_space(disk, DISK_BYTES // 2)
        await alice.text("bob", "room again")
        contents = await bob.contents_until("room again")
        assert server.stored() == [f"before {CONTENT}", *contents]
        assert len(contents) - 1 + len(refused) == 100
        assert server.query("PRAGMA integrity_check") == [("ok",)]
    log = server.log.read_text()
    assert "refused by the database" in log
    assert "Traceback" not in log
