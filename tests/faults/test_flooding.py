"""Clients that send as fast as they can what means nothing, while others write to each other."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager

import pytest

from testkit.phone import Phone
from testkit.server import WITHOUT_LIMITS, Server
from tests.support.flooding_process import flooding

pytestmark = pytest.mark.alone

FLOODS = {"empty fragments": 1, "nonsense": 4, "nonsense by somebody": 4, "pings": 4, "pongs": 4}
MESSAGES = 100
PAUSE_SECONDS = 0.01
# Of the server's time that a flood may take, and others then lack. On a busy machine it takes more.
SHARE = 0.75
# By then it goes on as it will.
BEGIN_SECONDS = 1.0
# What others wait at most: half as much again as before, or so long.
WORSE, SECONDS = 1.5, 0.05
# Whatever else runs on the machine may spoil one measurement.
ATTEMPTS = 5


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("flooding"), **WITHOUT_LIMITS) as server:
        yield server


def flooded(server: Server, kind: str, sockets: int) -> AbstractAsyncContextManager[None]:
    return flooding("tests.faults.flooding", server.entry, kind, str(sockets))


async def _slowest(server: Server) -> float:
    """What one message in a hundred takes at least, between two who are there and write to each other."""
    took = []
    async with Phone(server.entry, "alice") as alice, Phone(server.entry, "bob") as bob:
        for number in range(MESSAGES):
            began = time.perf_counter()
            await alice.text("bob", str(number))
            assert (await bob.message()).content == str(number)
            took.append(time.perf_counter() - began)
            await asyncio.sleep(PAUSE_SECONDS)
    return sorted(took)[-len(took) // 100]


@pytest.mark.parametrize(("kind", "sockets"), FLOODS.items(), ids=FLOODS)
async def test_floods_of_frames_do_not_delay_others(server: Server, kind: str, sockets: int) -> None:
    measured = []
    for _ in range(ATTEMPTS):
        before = await _slowest(server)
        async with flooded(server, kind, sockets):
            await asyncio.sleep(BEGIN_SECONDS)
            worked, began = server.processor_seconds(), time.monotonic()
            during = await _slowest(server)
            share = (server.processor_seconds() - worked) / (time.monotonic() - began)
        assert share < SHARE
        measured.append((before, during))
        if during <= max(SECONDS, WORSE * before):
            return
    raise AssertionError(f"before and during: {measured}")
