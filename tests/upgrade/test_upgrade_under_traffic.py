"""People write all the time while the tables are brought up to date, then one process, then the other.

The release serves on the old tables and on the new ones, and beside the new version.
"""

import asyncio
import logging
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest

from server.close_codes import SERVICE_RESTART
from testkit.availability import unavailable
from testkit.server import ROOT, WITHOUT_LIMITS, Server
from testkit.services import Postgres, Redis, Unavailable
from tests.faults.resuming import Conversation
from tests.support.calls import pages
from tests.support.tiers import examples
from tests.upgrade.releases import releases, unpack

logger = logging.getLogger(__name__)

pytestmark = pytest.mark.slow

PEOPLE = [f"person{number}" for number in range(5)]
PAUSE_SECONDS = 0.05
# Nobody may wait for longer, while indexes of so many messages are built, to have a message stored.
WAIT_SECONDS = 15.0
OLDER_MESSAGES = examples(20_000, 100_000)
ADD_OLDER = f"""
INSERT INTO log_message (kind, sender_id, recipient_id, content, extension, timet, cid)
SELECT 'text', 'alice', 'bob', 'older ' || number, '', 1700000000 + number, 'c' || number
FROM generate_series(1, {OLDER_MESSAGES}) AS number
"""
MAKE_PEOPLE = (
    "from accounts.models import User; [User.objects.create(userid=one) for one in ('alice', 'bob')]"
)


class Served(NamedTuple):
    """Two processes of a release, and the new version, which shares their database."""

    processes: tuple[Server, Server]
    new: Server
    release: str


@pytest.fixture(params=releases())
def served(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Served]:
    code = tmp_path / "release"
    unpack(request.param, code)
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
        yield Served((first, second), new, request.param)


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


async def test_nothing_is_lost_and_nothing_refused(served: Served) -> None:
    async with Conversation(served.processes, PEOPLE, pause=PAUSE_SECONDS) as conversation:
        await conversation.until_heard(50)
        began = time.monotonic()
        await asyncio.to_thread(served.new.prepare)
        migrated = time.monotonic() - began
        await conversation.until_heard(50)
        longest = longest_wait(conversation, began)
        assert longest < WAIT_SECONDS
        logger.info("From %s: %.1f s, longest wait %.2f s", served.release, migrated, longest)
        for process in served.processes:
            await asyncio.to_thread(replace, process)
            await conversation.until_heard(100)
        await conversation.check()
        assert [person.refused for person in conversation.everybody if person.refused] == []
        assert {code for person in conversation.everybody for code in person.closed} == {SERVICE_RESTART}
        history = await pages(
            served.processes[0], PEOPLE[0], f"conversations/g:{conversation.group}/messages"
        )
        assert [item["content"] for item in history] == served.new.stored(conversation.group)
        assert len(served.new.stored()) > OLDER_MESSAGES
