"""The server's heartbeat, and what it takes for delivered by it where no pongs can be seen."""

import asyncio

import pytest

from testkit.phone import Phone
from testkit.server import PLAIN_DAPHNE, UVICORN
from tests.conftest import MakeServer

# Servers that do not say what has reached a client.
OTHER_SERVERS = {"daphne": PLAIN_DAPHNE, "uvicorn": UVICORN}


@pytest.mark.promise("heartbeat-1")
@pytest.mark.slow
async def test_logged_in_sockets_get_heartbeats(make_server: MakeServer) -> None:
    server = make_server(IM66_HEARTBEAT_SECONDS="0.2")
    async with Phone(server.entry) as stranger, Phone(server.entry, "alice") as alice:
        for _ in range(3):
            verb, argument = (await alice.heartbeat()).split("_")
            assert verb == "heartbeat"
            assert argument
        assert await stranger.receives_nothing(), "not logged in"


@pytest.mark.promise("delivery-11")
@pytest.mark.slow
@pytest.mark.parametrize("command", OTHER_SERVERS.values(), ids=OTHER_SERVERS)
async def test_rows_outlived_by_two_heartbeats_are_not_repeated_elsewhere(
    make_server: MakeServer, command: list[str]
) -> None:
    server = make_server(command, IM66_HEARTBEAT_SECONDS="0.5")
    async with Phone(server.entry, "alice") as alice, Phone(server.entry, "bob") as bob:
        await alice.text("bob", "long ago")
        assert await bob.contents(1) == ["long ago"]
        for _ in range(3):
            await bob.heartbeat()
        await alice.text("bob", "just now")
        assert await bob.contents(1) == ["just now"]
        bob.vanish()
        await asyncio.sleep(0.2)
        async with Phone(server.entry, "bob") as again:
            assert await again.contents(1) == ["just now"]
            assert await again.receives_nothing()
