"""PostgreSQL's primary is gone, and its replica takes its place."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import NamedTuple

import pytest
from websockets.exceptions import ConnectionClosed

from testkit.availability import running
from testkit.device import Device, Refused
from testkit.server import WITHOUT_LIMITS, Server
from testkit.services import Postgres, Redis
from tests.faults.resuming import Conversation
from tests.support.waiting import until

# Does not commit before the replica has it.
SYNCHRONOUS = "ALTER SYSTEM SET synchronous_standby_names = '*'"


LATER = [f"later {number}" for number in range(3)]


class Pair(NamedTuple):
    """A primary and its replica."""

    primary: Postgres
    replica: Postgres

    @property
    def url(self) -> str:
        hosts = ",".join(f"127.0.0.1:{one.port}" for one in self)
        return f"postgres://im66@{hosts}/postgres"

    def fail_over(self) -> None:
        self.primary.send_signal(signal.SIGQUIT)  # it crashes
        self.primary.stop()
        self.replica.execute("SELECT pg_promote()")


@pytest.fixture
def pair() -> Iterator[Pair]:
    with running(Postgres()) as primary, running(Postgres(primary)) as replica:
        yield Pair(primary, replica)


async def test_failover_to_a_synchronous_replica_loses_and_repeats_nothing(
    pair: Pair, people: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    with ExitStack() as stack:
        redis = stack.enter_context(running(Redis()))
        urls = {"DATABASE_URL": pair.url, "REDIS_URL": redis.url, **WITHOUT_LIMITS}
        servers = [Server(tmp_path_factory.mktemp("pair"), **urls) for _ in range(2)]
        servers[0].prepare()
        pair.primary.execute(SYNCHRONOUS)
        pair.primary.execute("SELECT pg_reload_conf()")
        for server in servers:
            server.start()
            stack.callback(server.stop)
        async with Conversation(servers, people, is_busy=True) as conversation:
            await conversation.until_received(8)
            await asyncio.to_thread(pair.fail_over)
            await conversation.until_received(8)
            await conversation.check()
        for server in servers:
            assert "lost the rows" not in server.log.read_text()


@pytest.mark.parametrize("found_by", ["a write", "a poll"])
async def test_clients_reload_everything_after_a_failover_that_lost_rows(
    pair: Pair, tmp_path: Path, found_by: str
) -> None:
    poll = {"IM66_POLL_SECONDS": "0.2" if found_by == "a poll" else "60"}
    with Server(tmp_path, DATABASE_URL=pair.url, **poll, **WITHOUT_LIMITS) as server:
        async with Device(server.entry, "alice") as alice, Device(server.entry, "bob") as bob:
            await alice.text("u:bob", "kept")
            await asyncio.to_thread(until, lambda: _has(pair.replica, "kept"))
            await asyncio.to_thread(pair.replica.stop)
            for number in range(3):
                await alice.text("u:bob", f"lost {number}")
            last = (await bob.events(4))[-1]["id"]
            await asyncio.to_thread(pair.primary.stop)
            await asyncio.to_thread(pair.replica.start)
            await asyncio.to_thread(pair.replica.execute, "SELECT pg_promote()")
            if found_by == "a write":
                await _send_until_closed(alice, "takes an id that was lost")
            assert await asyncio.to_thread(lambda: server.exit_code) == 1
        assert "The database lost the rows" in server.log.read_text()
        server.start()
        async with Device(server.entry, "alice") as alice:
            await alice.text("u:bob", "new")
            for content in LATER:
                await alice.text("u:bob", content)
        async with Device(server.entry, "bob", since=last, log=bob.welcome["log"]) as bob:
            assert bob.backlog[0]["ev"] == "gap"
        assert [one for one in server.stored() if "takes" not in one] == ["kept", "new", *LATER]


async def _send_until_closed(device: Device, content: str) -> None:
    with suppress(ConnectionClosed):
        while True:
            with suppress(Refused):
                await device.text("u:bob", content, cid="1")
            await asyncio.sleep(0.1)


def _has(replica: Postgres, content: str) -> bool:
    return (content,) in replica.execute("SELECT content FROM log_message")
