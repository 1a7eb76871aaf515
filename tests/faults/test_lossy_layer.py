"""A channel layer that loses one message in ten."""

from contextlib import ExitStack

import pytest

from tests.faults.conftest import Cluster
from tests.faults.traffic import Traffic
from tests.support.phone import Phone
from tests.support.server import Server

LOSSY = {"DJANGO_SETTINGS_MODULE": "tests.faults.lossy_settings"}


async def test_costs_time_and_no_message(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> None:
    settings = {**LOSSY, "DATABASE_URL": cluster.postgres.url, "REDIS_URL": cluster.redis.url}
    with ExitStack() as running:
        servers = [Server(tmp_path_factory.mktemp("lossy"), **settings) for _ in range(2)]
        for server in servers:
            server.start()
            running.callback(server.stop)
        async with Traffic(servers, [f"person{number}" for number in range(6)]) as traffic:
            await traffic.until_heard(500)
            await traffic.check()
            assert all(len(person.heard) == 1 and not person.refused for person in traffic.people)


async def test_the_last_message_needs_no_other_after_it(
    cluster: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Each of them is alone: what the layer loses of them, only polling finds."""
    settings = {**LOSSY, "DATABASE_URL": cluster.postgres.url, "REDIS_URL": cluster.redis.url}
    with ExitStack() as running:
        servers = [
            Server(tmp_path_factory.mktemp("lossy"), IM66_POLL_SECONDS="0.2", **settings) for _ in range(2)
        ]
        for server in servers:
            server.start()
            running.callback(server.stop)
        async with Phone(servers[0].entry, "alice") as alice, Phone(servers[1].entry, "bob") as bob:
            for number in range(60):
                await alice.text("bob", str(number))
                assert (await bob.message()).content == str(number)
