"""What says that a message has arrived: the pong that echoes a ping sent after it, and nothing else."""

import asyncio

import pytest

from testkit.phone import Phone
from testkit.server import Server
from testkit.silent import PONG, Raw
from tests.conftest import MakeServer
from tests.support.axes import PROGRAMS

pytestmark = pytest.mark.slow

# Two of them would have been an acknowledgement on a server that cannot see pongs.
HEARTBEAT = {"IM66_HEARTBEAT_SECONDS": "2"}


@pytest.fixture(params=PROGRAMS)
def server(request: pytest.FixtureRequest, make_server: MakeServer) -> Server:
    return make_server(request.param, **HEARTBEAT)


def delivered_id(server: Server) -> int:
    """Bob's, as any process finds it."""
    return int(server.query("SELECT delivered_id FROM accounts_user WHERE userid = 'bob'")[0][0])


def last_id(server: Server) -> int:
    return int(server.query("SELECT max(id) FROM chat_message")[0][0])


async def confirmed(server: Server) -> None:
    """Return when all is confirmed."""
    async with asyncio.timeout(10):
        while delivered_id(server) < last_id(server):
            await asyncio.sleep(0.05)


@pytest.mark.promise("delivery-7")
async def test_a_pong_does_within_seconds(server: Server) -> None:
    async with Phone(server.entry, "alice") as alice, Phone(server.entry, "bob") as bob:
        for number in range(20):
            await alice.text("bob", str(number))
        await bob.contents(20)
        await confirmed(server)
        bob.vanish()
        async with Phone(server.entry, "bob") as again:
            assert await again.hears_nothing()


async def test_one_that_comes_late_confirms_no_more_than_it_was_asked_for(server: Server) -> None:
    async with Phone(server.entry, "alice") as alice, Raw(server.port) as bob:
        await bob.text("login_bob")
        await alice.text("bob", "first")
        await bob.texts(1)
        asked = await bob.ping()
        await alice.text("bob", "second")
        await bob.texts(1)
        await bob.send(PONG, asked)
        async with asyncio.timeout(10):
            while not delivered_id(server):
                await asyncio.sleep(0.05)
        bob.reset()
        async with Phone(server.entry, "bob") as again:
            assert await again.contents(1) == ["second"]


@pytest.mark.promise("delivery-8")
async def test_one_that_nobody_asked_for_does_not(server: Server) -> None:
    async with Phone(server.entry, "alice") as alice, Raw(server.port) as bob:
        await bob.text("login_bob")
        await alice.text("bob", "unread")
        await bob.texts(1)
        for forged in (b"", b"1", b"1.2", b"1.9223372036854775807", b"unread", b"\xff.\xff"):
            await bob.send(PONG, forged)
        await asyncio.sleep(2.5)
        assert delivered_id(server) == 0
        bob.reset()
        async with Phone(server.entry, "bob") as again:
            assert await again.contents(1) == ["unread"]


@pytest.mark.promise("delivery-8")
async def test_nor_do_frames_of_its_own(server: Server) -> None:
    """A client that sends and does not read is connected, for it gives signs of life, and gets all again."""
    async with Phone(server.entry, "alice") as alice, Raw(server.port) as bob:
        await bob.text("login_bob")
        for number in range(200):
            await alice.text("bob", str(number))
        for second in range(6):
            await bob.text(f"text_alice_{second}_unicast_")
            await asyncio.sleep(1)
        assert await alice.contents(6) == [str(second) for second in range(6)]
        bob.reset()
        async with Phone(server.entry, "bob") as again:
            assert await again.contents(200) == [str(number) for number in range(200)]


async def test_one_for_an_earlier_login_does_not(server: Server) -> None:
    """Charlie logs in where Bob was: what Bob leaves unanswered says nothing of Charlie's messages."""
    async with Phone(server.entry, "alice") as alice, Raw(server.port) as both:
        await both.text("login_bob")
        await alice.text("bob", "for Bob")
        await both.texts(1)
        asked = await both.ping()
        await both.text("login_charlie")
        await alice.text("charlie", "for Charlie")
        await both.texts(1)
        await both.send(PONG, asked)
        await asyncio.sleep(1.5)
        both.reset()
        async with Phone(server.entry, "charlie") as again:
            assert await again.contents(1) == ["for Charlie"]
