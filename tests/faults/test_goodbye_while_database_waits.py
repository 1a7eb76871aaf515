"""A client says goodbye to one process and logs in on another while PostgreSQL keeps everybody waiting."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import psycopg
import pytest

from log import log_end
from testkit.phone import Phone
from tests.faults.conftest import Cluster, MakeServers, Services

# Fewer than a page of a backlog, nearly one, and several.
COUNTS = [20, 178, 898]
# How soon a client is back, and for how long the database waits.
BACK_SECONDS, WAITING_SECONDS = 0.5, 3.0

Wait = Callable[[Cluster], AbstractContextManager[None]]


@contextmanager
def _for_the_log(cluster: Cluster) -> Iterator[None]:
    """Somebody else has the log: nothing can be written into it."""
    with psycopg.connect(cluster.postgres.url) as holding:
        holding.execute("SELECT pg_advisory_xact_lock(%s)", [log_end.LOCK])
        yield


@contextmanager
def _for_anything(cluster: Cluster) -> Iterator[None]:
    with cluster.postgres.silent():
        yield


async def _after_messages(cluster: Cluster, alice: Phone, count: int) -> Phone:
    """A phone at the first process that got so many messages."""
    bob = Phone(cluster.servers[0].entry)
    await bob.connect()
    await bob.log_in(f"bob{count}")
    for number in range(count):
        await alice.text(bob.userid, str(number))
    await bob.contents(count)
    return bob


async def _comes_back(cluster: Cluster, bob: Phone) -> list[str]:
    """What comes, up to the end, at the second process soon after the goodbye to the first."""
    leaving = asyncio.create_task(bob.say_goodbye())
    await asyncio.sleep(BACK_SECONDS)
    async with Phone(cluster.servers[1].entry) as again:
        await again.send(f"login_{bob.userid}")
        contents = await again.contents_until("the end")
    await leaving
    return contents


@pytest.fixture
def cluster(services: Services, make_servers: MakeServers) -> Cluster:
    first, second = make_servers({}, {})
    return Cluster((first, second), *services)


@pytest.mark.parametrize("wait", [_for_the_log, _for_anything], ids=lambda wait: wait.__name__[1:])
async def test_messages_confirmed_by_a_goodbye_do_not_come_again(cluster: Cluster, wait: Wait) -> None:
    async with Phone(cluster.servers[0].entry, "alice") as alice:
        bobs = [await _after_messages(cluster, alice, count) for count in COUNTS]
        async with asyncio.TaskGroup() as tasks:
            with wait(cluster):
                await alice.text("charlie", "on its way into the log")
                await (await alice.socket.ping())
                coming_back = [tasks.create_task(_comes_back(cluster, bob)) for bob in bobs]
                await asyncio.sleep(WAITING_SECONDS)
            for bob in bobs:
                await alice.text(bob.userid, "the end")
    assert {bob.userid: len(task.result()) - 1 for bob, task in zip(bobs, coming_back, strict=True)} == {
        bob.userid: 0 for bob in bobs
    }
