"""The disk is full: SQLite can write no more."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.availability import unavailable
from tests.support.phone import Phone
from tests.support.server import Server

DISK_BYTES = 8 * 1024 * 1024
LEFT_BYTES = 200 * 1024
CONTENT = "x" * 10_000


@pytest.fixture
def disk() -> Iterator[Path]:
    """A small file system of its own."""
    if os.geteuid() != 0:
        unavailable("only root can mount a small file system")
    with tempfile.TemporaryDirectory(prefix="im66-disk-") as folder:
        command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", folder]
        if subprocess.run(command, check=False).returncode:
            unavailable("this machine does not let root mount a small file system")
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", folder], check=True)


@pytest.fixture
def server(disk: Path) -> Iterator[Server]:
    server = Server(disk)
    server.prepare()
    # What it says must not count, nor fail.
    server.log = Path(tempfile.mkstemp(prefix="im66-log-")[1])
    server.start()
    yield server
    server.stop()
    server.log.unlink()


def _fill(disk: Path) -> Path:
    """Take all but a little of the disk."""
    state = os.statvfs(disk)
    filler = disk / "filler"
    filler.write_bytes(b"\0" * (state.f_bavail * state.f_frsize - LEFT_BYTES))
    return filler


async def test_senders_are_told_nothing_is_half_written_and_it_goes_on_once_there_is_room(
    server: Server, disk: Path
) -> None:
    async with Phone(server.entry, "alice") as alice, Phone(server.entry, "bob") as bob:
        await alice.text("bob", f"before {CONTENT}")
        assert (await bob.message()).content == f"before {CONTENT}"
        filler = _fill(disk)
        for number in range(100):
            await alice.text("bob", f"{number} {CONTENT}")
        # Answered once all before it is written or refused.
        await alice.send("records_bob_0")
        answers = [await alice.receive()]
        while not answers[-1].startswith("records_"):
            answers.append(await alice.receive())
        refused = answers[:-1]
        assert set(refused) == {"error_503_the message was not stored, try again"}
        filler.unlink()
        await alice.text("bob", "room again")
        heard = await bob.contents_until("room again")
        assert server.stored() == [f"before {CONTENT}", *heard]
        assert len(heard) - 1 + len(refused) == 100
        assert server.query("PRAGMA integrity_check") == [("ok",)]
    log = server.log.read_text()
    assert "refused by the database" in log
    assert "Traceback" not in log
