"""Two installations share a Redis, with somebody who shouts nonsense and forged batches into it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.conftest import Cluster
from tests.faults.shouting import Shouter
from tests.support.phone import Phone
from tests.support.server import Server

MESSAGES = 100


@pytest.fixture
def other(cluster: Cluster, tmp_path: Path) -> Iterator[Server]:
    """An installation with a database of its own."""
    server = Server(tmp_path, REDIS_URL=cluster.redis.url)
    server.prepare()
    server.start()
    yield server
    server.stop()


async def _each_hears_its_own(ours: Server, ours_too: Server, other: Server) -> None:
    async with (
        Phone(ours.entry, "alice") as alice,
        Phone(ours_too.entry, "bob") as bob,
        Phone(other.entry, "charlie") as charlie,
        Phone(other.entry, "bob") as namesake,
    ):
        for number in range(MESSAGES):
            await charlie.text("bob", f"theirs {number}")
            await alice.text("bob", f"ours {number}")
            await alice.settle()
        assert await bob.contents(MESSAGES) == [f"ours {number}" for number in range(MESSAGES)]
        assert await namesake.contents(MESSAGES) == [f"theirs {number}" for number in range(MESSAGES)]
        assert await bob.hears_nothing()
        assert await namesake.hears_nothing()


async def test_each_hears_its_own_and_all_of_it(cluster: Cluster, other: Server) -> None:
    await _each_hears_its_own(*cluster.servers, other)


async def test_nobody_hears_what_is_shouted_nor_misses_anything_for_it(
    cluster: Cluster, other: Server
) -> None:
    async with Shouter(cluster.redis.url) as shouter:
        await _each_hears_its_own(*cluster.servers, other)
        assert shouter.shouted > MESSAGES
    for server in (cluster.servers[0], other):
        await _goes_on(server)


async def _goes_on(server: Server) -> None:
    """Delivery has come no further than to the log's end, and goes on from there."""
    ((delivered, end),) = server.query(
        "SELECT (SELECT max(delivered_id) FROM accounts_user), (SELECT max(id) FROM chat_message)"
    )
    assert 0 < delivered <= end
    async with Phone(server.entry, "dora") as dora:
        await dora.text("bob", "afterwards")
        async with Phone(server.entry) as bob:
            await bob.send("login_bob")
            assert await bob.contents(1) == ["afterwards"]
