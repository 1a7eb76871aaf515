"""A client that is gone without the network having told, or might as well be."""

import asyncio

import pytest

from testkit.phone import Phone
from testkit.server import SERVE, Server, uvicorn
from testkit.silent import Raw
from tests.conftest import MakeServer

pytestmark = pytest.mark.slow

SERVERS = {"serve": SERVE, "uvicorn": uvicorn()}
HEARTBEAT_SECONDS = 6.0
# It goes with that heartbeat: so long a client may give no sign of life.
PATIENCE_SECONDS = 5.0


@pytest.fixture(params=SERVERS)
def server(request: pytest.FixtureRequest, make_server: MakeServer) -> Server:
    return make_server(SERVERS[request.param], IM66_HEARTBEAT_SECONDS=str(HEARTBEAT_SECONDS))


async def test_what_it_was_sent_comes_again(server: Server) -> None:
    async with Phone(server.entry, "alice") as alice:
        dead = Phone(server.entry)
        await dead.connect()
        await dead.log_in("bob")
        # It takes nothing in any more, not even the server's pings, and its socket stays open.
        dead.socket.transport.pause_reading()
        await alice.text("bob", "are you there?")
        await asyncio.sleep(2 * HEARTBEAT_SECONDS + 1)
        async with Phone(server.entry, "bob") as again:
            assert await again.contents(1) == ["are you there?"]
        dead.vanish()


async def test_one_that_neither_answers_nor_sends_is_ended(server: Server) -> None:
    async with Raw(server.port) as bob:
        await bob.text("login_bob")
        with pytest.raises((EOFError, ConnectionError)):
            async with asyncio.timeout(4 * PATIENCE_SECONDS):
                while True:
                    await bob.frame()


async def test_one_that_takes_nothing_is_ended_though_it_sends(server: Server) -> None:
    """Its kernel is full, so nothing moves. What it sends of its own does not help it."""
    async with Phone(server.entry, "alice") as alice, Raw(server.port, receive_buffer=4096) as bob:
        await bob.text("login_bob")
        for _ in range(50):
            await alice.text("bob", "x" * 3000)
        with pytest.raises(ConnectionError):
            for _ in range(int(4 * PATIENCE_SECONDS)):
                await bob.text("text_alice_still here_unicast_")
                await asyncio.sleep(1)
        async with Phone(server.entry, "bob") as again:
            assert await again.contents(50) == ["x" * 3000] * 50


async def test_one_that_answers_is_not(server: Server) -> None:
    async with Phone(server.entry, "alice") as alice, Phone(server.entry, "bob") as bob:
        await asyncio.sleep(PATIENCE_SECONDS + 3)
        await alice.text("bob", "still there?")
        assert await bob.contents(1) == ["still there?"]
