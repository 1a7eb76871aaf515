"""Sockets that come and go leave nothing to the garbage collector: it would stop everybody while it looks."""

import asyncio
import re
import signal

import pytest

from testkit.phone import Phone
from testkit.server import SERVE, Server, uvicorn
from tests.conftest import MakeServer

pytestmark = pytest.mark.slow

CLASSES = ("WebSocketProtocol", "Session", "Feed", "Connection")
SERVERS = {"serve": SERVE, "uvicorn": uvicorn()}
VISITS = 20
SECONDS = 5


def without_collector(command: list[str]) -> list[str]:
    python, *program = command
    return [python, "-m", "tests.support.uncollected", ",".join(CLASSES), *program]


async def _visit(server: Server, number: int) -> None:
    async with Phone(server.entry, "alice") as alice, Phone(server.entry, f"bob{number}") as bob:
        await alice.text(f"bob{number}", "hello")
        assert (await bob.message()).content == "hello"
        if number % 2:
            bob.vanish()


async def _held(server: Server) -> dict[str, int]:
    """How many of each of CLASSES there are."""
    told = len(_told(server))
    server.signal(signal.SIGUSR1)
    while len(found := _told(server)) == told:
        await asyncio.sleep(0.05)
    return dict(zip(CLASSES, map(int, found[-1].split()), strict=True))


def _told(server: Server) -> list[str]:
    return re.findall(r"^Held: (.*)\n", server.log.read_text(), re.MULTILINE)


@pytest.mark.parametrize("command", SERVERS.values(), ids=SERVERS)
async def test_it_works(make_server: MakeServer, command: list[str]) -> None:
    server = make_server(without_collector(command))
    async with Phone(server.entry, "carol"):
        for number in range(VISITS):
            await _visit(server, number)
        for _ in range(SECONDS):
            held = await _held(server)
            if max(held.values()) < VISITS / 2:
                break
            await asyncio.sleep(1)  # Daphne lets go of what has ended once a second
    assert all(1 <= count < VISITS / 2 for count in held.values()), held
