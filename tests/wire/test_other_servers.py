"""Any ASGI server serves the application: plain Daphne, and uvicorn."""

import asyncio
import sys

import pytest

from testkit.phone import Phone
from testkit.server import APPLICATION, PLAIN, WITHOUT_LIMITS, Server, uvicorn
from tests.conftest import MakeServer
from tests.support.calls import make_group, remove

pytestmark = pytest.mark.slow

SERVERS = {
    "daphne": [sys.executable, "-m", "daphne", "-p", "{port}", APPLICATION],
    "uvicorn": uvicorn(**PLAIN),
    "uvicorn with our sockets": uvicorn(http="auto"),
    "uvicorn with our sockets and HTTP side": uvicorn(),
}


@pytest.fixture(params=SERVERS)
def other_server(request: pytest.FixtureRequest, make_server: MakeServer) -> Server:
    return make_server(command=SERVERS[request.param], **WITHOUT_LIMITS)


async def test_messages_are_delivered_live_and_at_the_next_login(other_server: Server) -> None:
    group = await make_group(other_server, "alice", "bob")
    async with Phone(other_server.entry, "alice") as alice:
        async with Phone(other_server.entry, "bob") as bob:
            for number in range(500):
                await alice.text("bob", f"u{number}")
                await alice.group_text(group, f"g{number}")
            assert await bob.contents(1000) == [f"{kind}{number}" for number in range(500) for kind in "ug"]
        await alice.text("bob", "missed")
        await alice.settle()
        async with Phone(other_server.entry, "bob") as bob:
            assert await bob.contents(1) == ["missed"]
            await remove(other_server, group, "bob")
            await alice.group_text(group, "without Bob")
            assert await bob.hears_nothing()


async def test_an_unclean_end_loses_nothing(other_server: Server) -> None:
    async with Phone(other_server.entry, "alice") as alice:
        async with Phone(other_server.entry, "bob") as bob:
            for number in range(300):
                await alice.text("bob", str(number))
            await bob.contents(100)
            bob.vanish()
        async with Phone(other_server.entry, "bob") as bob:
            rest = await bob.contents_until("299")
    assert rest == [str(number) for number in range(int(rest[0]), 300)]
    assert int(rest[0]) <= 100


async def test_its_end_loses_nothing_that_anybody_saw(other_server: Server) -> None:
    async with Phone(other_server.entry, "alice") as alice, Phone(other_server.entry, "bob") as bob:
        for number in range(300):
            await alice.text("bob", str(number))
        seen = await bob.contents(200)
        other_server.terminate()
        await bob.close_code()
        await asyncio.to_thread(lambda: other_server.exit_code)
    stored = other_server.stored()
    assert stored[:200] == seen
    assert stored == [str(number) for number in range(len(stored))]
