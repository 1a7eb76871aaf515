"""People write all the time while the tables are brought up to date, then one process, then the other.

The version before serves on the old tables and on the new ones, and beside the new version.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest

from server.close_codes import SERVICE_RESTART
from testkit.availability import unavailable
from testkit.server import ROOT, WITHOUT_LIMITS, Server
from testkit.services import Postgres, Redis, Unavailable
from tests.faults.resuming import Client, Conversation
from tests.faults.traffic import Person, Traffic
from tests.support.calls import pages
from tests.upgrade.before import unpack_version_before

logger = logging.getLogger(__name__)

pytestmark = pytest.mark.slow

ON_PHONES = [f"phone{number}" for number in range(5)]
ON_DEVICES = [f"device{number}" for number in range(5)]
PAUSE_SECONDS = 0.05
# Nobody may wait for longer, while indexes of so many messages are built, to have a message stored.
WAIT_SECONDS = 15.0
OLDER_MESSAGES = 100_000
ADD_OLDER = f"""
INSERT INTO chat_message (kind, sender_id, recipient_id, content, extension, timet, cid)
SELECT 'text', 'alice', 'bob', 'older ' || number, '', 1700000000 + number, 'c' || number
FROM generate_series(1, {OLDER_MESSAGES}) AS number
"""
MAKE_PEOPLE = (
    "from accounts.models import User; [User.objects.create(userid=one) for one in ('alice', 'bob')]"
)


class Served(NamedTuple):
    """Two processes of the version `before`, and the new version, which shares their database."""

    processes: tuple[Server, Server]
    new: Server
    before: str


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    code = tmp_path / "before"
    before = unpack_version_before(code)
    with ExitStack() as running:
        try:
            postgres, redis = running.enter_context(Postgres()), running.enter_context(Redis())
        except Unavailable as reason:
            unavailable(str(reason))
        urls = {"DATABASE_URL": postgres.url, "REDIS_URL": redis.url}
        servers = []
        for name in ("first", "second", "new"):
            (tmp_path / name).mkdir()
            servers.append(Server(tmp_path / name, **urls, **WITHOUT_LIMITS))
        first, second, new = servers
        first.root = second.root = code
        first.prepare()
        first.run_python(MAKE_PEOPLE)
        with psycopg.connect(postgres.url) as database:
            database.execute(ADD_OLDER)
        for process in (first, second):
            process.start()
            running.callback(process.stop)
        yield Served((first, second), new, before)


class People(NamedTuple):
    """Those of both dialects, each in a group of their own."""

    traffic: Traffic
    conversation: Conversation

    async def until_heard(self, more: int) -> None:
        await asyncio.gather(self.traffic.until_heard(more), self.conversation.until_heard(more))

    def longest_wait(self, began: float) -> float:
        """Of those who had written, or wrote, since then."""
        waits = [wait for client in self.conversation.clients for wait in client.waits.values()]
        return max(seconds for at, seconds in waits if at + seconds > began)


@asynccontextmanager
async def talking(processes: tuple[Server, Server]) -> AsyncIterator[People]:
    async with (
        Traffic(processes, ON_PHONES, pause=PAUSE_SECONDS) as traffic,
        Conversation(processes, ON_DEVICES, pause=PAUSE_SECONDS) as conversation,
    ):
        yield People(traffic, conversation)


def replace(process: Server) -> None:
    """End it, and start the new version in its place."""
    process.terminate()
    assert process.exit_code == 0
    process.root = ROOT
    process.start()


async def test_nothing_is_lost_and_nothing_refused(served: Served) -> None:
    async with talking(served.processes) as people:
        await people.until_heard(50)
        began = time.monotonic()
        await asyncio.to_thread(served.new.prepare)
        migrated = time.monotonic() - began
        await people.until_heard(50)
        assert people.longest_wait(began) < WAIT_SECONDS
        logger.info(
            "From %s: %.1f s, longest wait %.2f s", served.before, migrated, people.longest_wait(began)
        )
        for process in served.processes:
            await asyncio.to_thread(replace, process)
            await people.until_heard(100)
        await people.traffic.check()
        await people.conversation.check()
        everybody: list[Person | Client] = [*people.traffic.people, *people.conversation.clients]
        assert [person.refused for person in everybody] == [0] * len(everybody)
        assert {code for person in everybody for code in person.closed} == {SERVICE_RESTART}
        for ledger, reader in ((people.traffic, ON_PHONES[0]), (people.conversation, ON_DEVICES[0])):
            history = await pages(served.processes[0], reader, f"conversations/g:{ledger.group}/messages")
            assert [item["content"] for item in history] == served.new.stored(ledger.group)
        assert len(served.new.stored()) > OLDER_MESSAGES
