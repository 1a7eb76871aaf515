"""A client that vanishes without closing: its process stands still, or its route is gone."""

import asyncio
import signal
from asyncio.subprocess import Process
from collections.abc import Callable

import pytest

from testkit.clock import Clock
from testkit.phone import Phone
from testkit.server import SERVE, Server
from tests.conftest import MakeServer
from tests.faults.links import link
from tests.faults.vanishing import HEARTBEAT, line, listening

# In so many half seconds it is found out, and there is another heartbeat or two.
MESSAGES = 14


async def _vanishes(server: Server, bob: Process, vanish: Callable[[], None]) -> None:
    """Bob hears something, vanishes, and is written to all the time until well after he is found out."""
    async with Phone(server.entry, "alice") as alice:
        await alice.text("bob", "heard")
        assert await line(bob) == "heard"
        vanish()
        for number in range(MESSAGES):
            await alice.text("bob", str(number))
            await asyncio.sleep(0.5)
    async with Phone(server.entry) as again:
        await again.send("login_bob")
        contents = await again.contents_until(str(MESSAGES - 1))
        assert await again.receives_nothing()
    if contents[0] == "heard":  # it may come again, for nothing ever said that it arrived
        contents.pop(0)
    assert contents == [str(number) for number in range(MESSAGES)]


@pytest.mark.wide
async def test_paused_process_loses_no_message(make_server: MakeServer) -> None:
    server = make_server(**HEARTBEAT)
    async with listening(server.entry) as bob:
        await _vanishes(server, bob, lambda: bob.send_signal(signal.SIGSTOP))


async def test_process_paused_while_the_clock_steps_back_loses_no_message(
    make_server: MakeServer, clock: Clock
) -> None:
    """Dead clients are found out by how long they do not answer, whatever the time."""
    server = make_server(**HEARTBEAT, **clock.environment)
    async with listening(server.entry) as bob:

        def vanish() -> None:
            bob.send_signal(signal.SIGSTOP)
            clock.step(-3600)

        await _vanishes(server, bob, vanish)


async def test_lost_route_loses_no_message(make_server: MakeServer) -> None:
    server = make_server([*SERVE, "--host", "0.0.0.0"], **HEARTBEAT)
    with link() as route:
        url = f"ws://{route.here}:{server.port}/entry"
        async with listening(url, *route.prefix) as bob:
            await _vanishes(server, bob, route.cut)
