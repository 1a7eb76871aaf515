"""Two processes and what they stand on, broken one after the other with traffic running."""

import asyncio
from functools import partial

from testkit.server import Server
from tests.faults.conftest import Cluster
from tests.faults.traffic import Traffic
from tests.support.waiting import until

AWAY_SECONDS = 2.0


def _says(server: Server, words: str) -> bool:
    return words in server.log.read_text()


async def test_one_of_two_is_killed(pair: Cluster, people: list[str]) -> None:
    async with Traffic(pair.servers, people) as traffic:
        await asyncio.to_thread(pair.servers[0].kill)
        await traffic.until_heard(100)
        await asyncio.to_thread(pair.servers[0].start)
        await traffic.until_heard(100)
        await traffic.check()
        assert [len(person.heard) > 1 for person in traffic.people] == [True, False] * 2


async def test_redis_is_away_for_a_while(pair: Cluster, people: list[str]) -> None:
    async with Traffic(pair.servers, people) as traffic:
        await asyncio.to_thread(pair.redis.stop)
        await asyncio.sleep(AWAY_SECONDS)
        await traffic.until_heard(100)
        await asyncio.to_thread(pair.redis.start)
        await traffic.until_heard(100)
        await traffic.check()
        assert all(len(person.heard) == 1 and person.refused == 0 for person in traffic.people)
    for server in pair.servers:
        await asyncio.to_thread(until, partial(_says, server, "Redis is back"))
        said = server.log.read_text()
        assert (said.count("Redis is away"), said.count("Redis is back")) == (1, 1)
        assert "Traceback" not in said


async def test_postgres_is_restarted(pair: Cluster, people: list[str]) -> None:
    async with Traffic(pair.servers, people) as traffic:
        await asyncio.to_thread(pair.postgres.stop)
        await asyncio.to_thread(pair.postgres.start)
        await traffic.until_heard(100)
        await traffic.check()
        assert all(len(person.heard) == 1 for person in traffic.people), "sockets outlive the database"
