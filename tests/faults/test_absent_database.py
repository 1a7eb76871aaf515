"""PostgreSQL is away for a while, in one way or another. Chat goes on within five seconds of its return."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from testkit.phone import Phone
from testkit.server import ROOT, Server
from tests.conftest import MakeServer
from tests.faults.conftest import MakeServers, Services
from tests.faults.links import link
from tests.support.flood import call

# When all was connected through a pool, which tried again after 1, 2, 4, 8 … seconds, it took from 8 to 15.
AWAY_SECONDS = 8.0
WITHIN_SECONDS = 5.0
PAUSE_SECONDS = 0.1
PORT = 5432
NO_SUCH_GROUP = b'"code":3'


async def _write_all_the_time(
    server: Server, begun: asyncio.Event, over: asyncio.Event
) -> tuple[list[str], int]:
    """What Bob heard of Alice, and how much of hers was refused."""
    received: list[str] = []
    refused = 0
    async with Phone(server.entry, "alice") as alice, Phone(server.entry, "bob") as bob:

        async def listen() -> None:
            while True:
                received.append((await bob.message()).content)
                begun.set()

        async def count_refusals() -> None:
            nonlocal refused
            while True:
                assert (await alice.receive()).startswith("error_503_")
                refused += 1

        listening = [asyncio.create_task(listen()), asyncio.create_task(count_refusals())]
        sent = 0
        while not over.is_set():
            await alice.text("bob", str(sent))
            sent += 1
            await asyncio.sleep(PAUSE_SECONDS)
        async with asyncio.timeout(30):
            while len(received) + refused < sent:
                await asyncio.sleep(PAUSE_SECONDS)
        for task in listening:
            task.cancel()
    assert received == sorted(set(received), key=int)
    assert server.stored() == received
    return received, refused


async def _seconds_until_served(server: Server) -> float:
    """How long until somebody else is logged in, and gets an answer to a call."""
    began = time.monotonic()
    while True:
        async with Phone(server.entry) as charlie:
            await charlie.send("login_charlie")
            await charlie.send("records_charlie_0_unicast")
            is_served = (await charlie.receive()).startswith("records_")
        if is_served and NO_SUCH_GROUP in await call(server.port, "/grpinfo?groupid=1", "127.0.0.1"):
            return time.monotonic() - began
        await asyncio.sleep(PAUSE_SECONDS)


async def _survives(
    server: Server, go: Callable[[], None], come_back: Callable[[], None], seconds: float
) -> int:
    """The database goes, and comes back; how many messages were refused meanwhile."""
    begun, over = asyncio.Event(), asyncio.Event()
    writing = asyncio.create_task(_write_all_the_time(server, begun, over))
    await begun.wait()
    await asyncio.to_thread(go)
    await asyncio.sleep(seconds)
    await asyncio.to_thread(come_back)
    try:
        assert await _seconds_until_served(server) < WITHIN_SECONDS
    finally:
        over.set()
    received, refused = await writing
    assert received
    return refused


async def test_postgresql_restart_is_survived(services: Services, make_servers: MakeServers) -> None:
    (server,) = make_servers({})
    assert await _survives(server, services.postgres.stop, services.postgres.start, AWAY_SECONDS) > 0


async def test_paused_postgresql_is_survived(services: Services, make_servers: MakeServers) -> None:
    """Its kernel answers, so the connections stay. What was sent meanwhile is written, nobody is refused."""
    (server,) = make_servers({})
    processes = _family(services.postgres.pid)

    def signal_all(number: signal.Signals) -> None:
        for pid in processes():
            os.kill(pid, number)

    refused = await _survives(
        server, lambda: signal_all(signal.SIGSTOP), lambda: signal_all(signal.SIGCONT), AWAY_SECONDS / 2
    )
    assert refused == 0


def _family(pid: int) -> Callable[[], list[int]]:
    """It and its children, as they are when asked for."""
    return lambda: [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]


class Elsewhere(NamedTuple):
    """A database behind a network; `cut` and `mend` that."""

    url: str
    cut: Callable[[], None]
    mend: Callable[[], None]


@pytest.fixture
def elsewhere(services: Services) -> Iterator[Elsewhere]:
    path = f"{services.postgres.folder}/.s.PGSQL.{services.postgres.port}"
    with link() as network:
        program = [sys.executable, "-m", "tests.faults.relay", network.there, str(PORT), path]
        relay = subprocess.Popen([*network.prefix, *program], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert relay.stdout
        try:
            assert relay.stdout.readline() == "ready\n"
            # Whatever goes there arrives, and nothing comes back.
            url = f"postgres://im66@{network.there}:{PORT}/postgres"
            yield Elsewhere(url, network.cut, network.mend)
        finally:
            relay.kill()
            relay.wait()
            relay.stdout.close()


async def test_network_loss_to_postgresql_is_survived(elsewhere: Elsewhere, make_server: MakeServer) -> None:
    server = make_server(DATABASE_URL=elsewhere.url)
    await _survives(server, elsewhere.cut, elsewhere.mend, AWAY_SECONDS)
