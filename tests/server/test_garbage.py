"""Sockets that come and go, and replies to calls, leave nothing to the garbage collector: it would stop
everybody while it looks."""

import asyncio
import re
import signal

import pytest

from testkit.phone import Phone
from testkit.server import SERVE, Server
from testkit.uploading import request
from tests.conftest import MakeServer
from tests.support.api import Remote
from tests.support.calls import call, make_group

pytestmark = pytest.mark.slow

CLASSES = ("WebSocket", "Session", "Feed", "Connection")
# Replies to calls of either kind, what makes one of them, and pages. They may be large.
OF_CALLS = ("Response", "GroupInfo", "HttpResponse")
VISITS = 20
SECONDS = 5


def without_collector(classes: tuple[str, ...]) -> list[str]:
    python, *program = SERVE
    return [python, "-m", "tests.support.uncollected", ",".join(classes), *program]


async def _visit(server: Server, number: int) -> None:
    async with Phone(server.entry, "alice") as alice, Phone(server.entry, f"bob{number}") as bob:
        await alice.text(f"bob{number}", "hello")
        assert (await bob.message()).content == "hello"
        if number % 2:
            bob.vanish()


async def _held(server: Server, classes: tuple[str, ...] = CLASSES) -> dict[str, int]:
    """How many of each of the classes there are."""
    before = len(_garbage_lines(server))
    server.signal(signal.SIGUSR1)
    while len(lines := _garbage_lines(server)) == before:
        await asyncio.sleep(0.05)
    return dict(zip(classes, map(int, lines[-1].split()), strict=True))


def _garbage_lines(server: Server) -> list[str]:
    return re.findall(r"^Held: (.*)\n", server.log.read_text(), re.MULTILINE)


async def test_closed_sockets_leave_no_garbage(make_server: MakeServer) -> None:
    server = make_server(without_collector(CLASSES))
    async with Phone(server.entry, "carol"):
        for number in range(VISITS):
            await _visit(server, number)
        for _ in range(SECONDS):
            held = await _held(server)
            if max(held.values()) < VISITS / 2:
                break
            await asyncio.sleep(1)  # Daphne lets go of what has ended once a second
    assert all(1 <= count < VISITS / 2 for count in held.values()), held


async def test_http_calls_leave_no_garbage(make_server: MakeServer) -> None:
    server = make_server(without_collector(OF_CALLS))
    group = await make_group(server, "alice", "bob")
    alice = Remote(server, "alice")
    for _ in range(VISITS):
        assert (await call(server, "grpinfo", groupid=group))["code"] == 1
        assert (await alice.get("me")).status == 200
        assert request(server, "GET", "/").status == 200
    held = await _held(server, OF_CALLS)
    assert max(held.values()) < VISITS / 2, held
