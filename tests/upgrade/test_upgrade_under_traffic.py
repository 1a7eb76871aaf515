"""People write all the time while the tables are brought up to date, then one process after the other.

The release serves on the old tables and on the new ones, and on PostgreSQL while the new version does.
"""

import asyncio
import logging
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import pytest

from server.close_codes import SERVICE_RESTART
from testkit.availability import unavailable
from testkit.server import ROOT, WITHOUT_LIMITS, Server
from testkit.services import Postgres, Redis, Unavailable
from tests.faults.resuming import Conversation
from tests.support.calls import pages
from tests.support.tiers import examples
from tests.upgrade.releases import each_release, unpack

logger = logging.getLogger(__name__)

pytestmark = pytest.mark.slow

PEOPLE = [f"person{number}" for number in range(5)]
PAUSE_SECONDS = 0.05
# Nobody may wait for longer, while indexes of so many messages are built, to have a message stored.
WAIT_SECONDS = 15.0
OLDER_MESSAGES = examples(20_000, 100_000)
ADD_OLDER = f"""
WITH RECURSIVE numbers (number) AS (
    SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < {OLDER_MESSAGES}
)
INSERT INTO log_message (kind, sender_id, recipient_id, content, extension, timet, cid)
SELECT 'text', 'alice', 'bob', 'older ' || number, '', 1700000000 + number, 'c' || number
FROM numbers
"""
PREPARE = f"""
from accounts.models import User
from django.db import connection
User.objects.bulk_create(User(userid=userid) for userid in ("alice", "bob"))
connection.cursor().execute({ADD_OLDER!r})
"""


class Served(NamedTuple):
    """The processes of a release, and the new version, which has their database."""

    processes: list[Server]
    new: Server


@pytest.fixture
def served(release: str, database: str, tmp_path: Path) -> Iterator[Served]:
    unpack(release, tmp_path / "release")
    with ExitStack() as running:
        servers = _on_postgresql(running, tmp_path) if database == "postgresql" else _on_sqlite(tmp_path)
        *processes, new = servers
        for process in processes:
            process.root = tmp_path / "release"
        processes[0].prepare()
        processes[0].run_python(PREPARE)
        for process in processes:
            process.start()
            running.callback(process.stop)
        yield Served(processes, new)


def _on_sqlite(folder: Path) -> list[Server]:
    """One process, and the new version in its place."""
    (folder / "data").mkdir()
    return [Server(folder / "data", **WITHOUT_LIMITS) for _ in range(2)]


def _on_postgresql(running: ExitStack, folder: Path) -> list[Server]:
    """Two processes, and the new version beside them."""
    try:
        postgres, redis = running.enter_context(Postgres()), running.enter_context(Redis())
    except Unavailable as reason:
        unavailable(str(reason))
    urls = {"DATABASE_URL": postgres.url, "REDIS_URL": redis.url}
    for name in ("first", "second", "new"):
        (folder / name).mkdir()
    return [Server(folder / name, **urls, **WITHOUT_LIMITS) for name in ("first", "second", "new")]


def longest_wait(conversation: Conversation, began: float) -> float:
    """Of those who had written, or wrote, since then."""
    waits = [wait for client in conversation.clients for wait in client.waits.values()]
    return max(seconds for at, seconds in waits if at + seconds > began)


def replace(process: Server) -> None:
    """End it, and start the new version in its place."""
    process.terminate()
    assert process.exit_code == 0
    process.root = ROOT
    process.start()


@each_release(newest_only=True)
@pytest.mark.parametrize("database", ["postgresql", "sqlite"])
async def test_upgrade_loses_and_rejects_no_message(served: Served) -> None:
    async with Conversation(served.processes, PEOPLE, pause=PAUSE_SECONDS) as conversation:
        await conversation.until_received(50)
        began = time.monotonic()
        await asyncio.to_thread(served.new.prepare)
        migrated = time.monotonic() - began
        await conversation.until_received(50)
        longest = longest_wait(conversation, began)
        assert longest < WAIT_SECONDS
        logger.info("Migrated in %.1f s, longest wait %.2f s", migrated, longest)
        for process in served.processes:
            await asyncio.to_thread(replace, process)
            await conversation.until_received(100)
        await conversation.check()
        assert [person.refused for person in conversation.everybody if person.refused] == []
        assert {code for person in conversation.everybody for code in person.closed} == {SERVICE_RESTART}
        history = await pages(
            served.processes[0], PEOPLE[0], f"conversations/g:{conversation.group}/messages"
        )
        assert [item["content"] for item in history] == served.new.stored(conversation.group)
        assert len(served.new.stored()) > OLDER_MESSAGES
