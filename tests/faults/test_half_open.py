"""A client that vanishes without closing: its process stands still, or its route is gone."""

import asyncio
import os
import shutil
import signal
import subprocess
from asyncio.subprocess import Process
from collections.abc import Callable, Iterator

import pytest

from tests.conftest import MakeServer
from tests.faults.vanishing import HEARTBEAT, line, listening
from tests.support.availability import unavailable
from tests.support.clock import Clock
from tests.support.phone import Phone
from tests.support.server import SERVE, Server

# An address for each end of a link that exists only for the test.
HERE, THERE = "10.66.66.1", "10.66.66.2"


async def _vanishes(server: Server, bob: Process, vanish: Callable[[], None]) -> None:
    """Bob hears something, vanishes, and is written to all the time until well after he is found out."""
    async with Phone(server.entry, "alice") as alice:
        await alice.text("bob", "heard")
        assert await line(bob) == "heard"
        vanish()
        for number in range(50):
            await alice.text("bob", str(number))
            await asyncio.sleep(0.5)
    async with Phone(server.entry) as again:
        await again.send("login_bob")
        heard = await again.contents_until("49")
        assert await again.hears_nothing()
    if heard[0] == "heard":  # it may come again, for nothing ever said that it arrived
        heard.pop(0)
    assert heard == [str(number) for number in range(50)]


async def test_a_process_that_stands_still_loses_nothing(make_server: MakeServer) -> None:
    server = make_server(**HEARTBEAT)
    async with listening(server.entry) as bob:
        await _vanishes(server, bob, lambda: bob.send_signal(signal.SIGSTOP))


async def test_nor_does_it_while_the_clock_steps_back(make_server: MakeServer, clock: Clock) -> None:
    """Dead clients are found out by how long they do not answer, whatever the time."""
    server = make_server(**HEARTBEAT, **clock.environment)
    async with listening(server.entry) as bob:

        def vanish() -> None:
            bob.send_signal(signal.SIGSTOP)
            clock.step(-3600)

        await _vanishes(server, bob, vanish)


@pytest.fixture
def namespace() -> Iterator[str]:
    """A network namespace with one link to this one."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        unavailable("a network namespace needs root and the command ip")
    name = f"im66-{os.getpid()}"
    link, peer = f"im66h{os.getpid() % 10_000}", f"im66t{os.getpid() % 10_000}"
    if subprocess.run(["ip", "netns", "add", name], check=False).returncode:
        unavailable("this machine does not let root make a network namespace")
    try:
        _ip("link", "add", link, "type", "veth", "peer", "name", peer, "netns", name)
        _ip("addr", "add", f"{HERE}/30", "dev", link)
        _ip("link", "set", link, "up")
        _ip("-n", name, "addr", "add", f"{THERE}/30", "dev", peer)
        _ip("-n", name, "link", "set", peer, "up")
        yield name
    finally:
        _ip("netns", "del", name)


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True)


async def test_a_route_that_is_gone_loses_nothing(make_server: MakeServer, namespace: str) -> None:
    server = make_server([*SERVE, "--host", "0.0.0.0"], **HEARTBEAT)
    url = f"ws://{HERE}:{server.port}/entry"
    async with listening(url, "ip", "netns", "exec", namespace) as bob:
        # Packets vanish; neither end is told.
        await _vanishes(server, bob, lambda: _ip("-n", namespace, "route", "add", "blackhole", f"{HERE}/32"))
