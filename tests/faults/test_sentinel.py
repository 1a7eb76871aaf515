"""Redis behind a Sentinel: its master is gone, or falls silent, and a replica takes its place."""

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import NamedTuple

import pytest
import redis

from accounts.redis_hosts import connect
from testkit.availability import running
from testkit.server import WITHOUT_LIMITS, Server
from testkit.services import Postgres, Redis, Sentinel
from tests.faults.resuming import Conversation
from tests.support.waiting import until


class Watched(NamedTuple):
    """Two processes, and a Redis that a Sentinel watches."""

    servers: list[Server]
    master: Redis
    replica: Redis
    sentinel: Sentinel


@pytest.fixture
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    with ExitStack() as stack:
        postgres = stack.enter_context(running(Postgres()))
        master = stack.enter_context(running(Redis()))
        replica = stack.enter_context(running(Redis(master)))
        sentinel = stack.enter_context(running(Sentinel(master)))
        until(lambda: _replicas(sentinel) == 1)
        urls = {"DATABASE_URL": postgres.url, "REDIS_URL": sentinel.url, **WITHOUT_LIMITS}
        servers = [Server(tmp_path_factory.mktemp("watched"), **urls) for _ in range(2)]
        servers[0].prepare()
        for server in servers:
            server.start()
            stack.callback(server.stop)
        yield Watched(servers, master, replica, sentinel)


def _replicas(sentinel: Sentinel) -> int:
    with redis.Redis(port=sentinel.port, decode_responses=True) as client:
        (about,) = client.sentinel_masters().values()
        return int(about["num-slaves"])


def _pause(master: Redis) -> None:
    master.send_signal(signal.SIGSTOP)


@pytest.mark.parametrize("fail", [Redis.stop, pytest.param(_pause, marks=pytest.mark.wide)])
async def test_failover_loses_and_repeats_nothing(
    watched: Watched, people: list[str], fail: Callable[[Redis], None]
) -> None:
    async with Conversation(watched.servers, people, is_busy=True) as conversation:
        await conversation.until_received(8)
        await asyncio.to_thread(fail, watched.master)
        await conversation.until_received(8)
        for server in watched.servers:
            await asyncio.to_thread(until, lambda: "Redis is back" in server.log.read_text())  # noqa: B023
        await conversation.until_received(8)
        await conversation.check()
        assert conversation.was_undisturbed
    for server in watched.servers:
        logged = server.log.read_text()
        assert (logged.count("Redis is away"), logged.count("Redis is back")) == (1, 1)
        assert "Traceback" not in logged
    with connect(watched.sentinel.url, 1.0) as client:
        assert client.info("server")["tcp_port"] == watched.replica.port
        assert len(client.pubsub_channels("im66__group__*")) == 3, "the installation's, and one for each"
    watched.master.send_signal(signal.SIGCONT)
