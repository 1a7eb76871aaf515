"""What says that a message has arrived: the pong that echoes a ping sent after it, and nothing else."""

import asyncio
from collections.abc import Iterator

import pytest

from testkit.phone import Phone
from testkit.server import Server
from testkit.silent import PONG, Raw
from tests.wire.conftest import Cast

pytestmark = pytest.mark.slow

# Two of them would have been an acknowledgement on a server that cannot see pongs.
HEARTBEAT = {"IM66_HEARTBEAT_SECONDS": "1"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("acknowledge"), **HEARTBEAT) as server:
        yield server


def delivered_id(server: Server, userid: str) -> int:
    """As any process finds it."""
    return int(server.query(f"SELECT delivered_id FROM accounts_user WHERE userid = '{userid}'")[0][0])


def last_id(server: Server) -> int:
    return int(server.query("SELECT max(id) FROM log_message")[0][0])


async def confirmed(server: Server, userid: str) -> None:
    """Return when the person has confirmed all."""
    async with asyncio.timeout(10):
        while delivered_id(server, userid) < last_id(server):
            await asyncio.sleep(0.05)


@pytest.mark.promise("delivery-7")
async def test_pong_confirms_delivery_within_seconds(server: Server, cast: Cast) -> None:
    async with Phone(server.entry, cast.alice) as alice, Phone(server.entry, cast.bob) as bob:
        for number in range(20):
            await alice.text(cast.bob, str(number))
        await bob.contents(20)
        await confirmed(server, cast.bob)
        bob.vanish()
        async with Phone(server.entry, cast.bob) as again:
            assert await again.receives_nothing()


async def test_late_pong_confirms_only_what_its_ping_covered(server: Server, cast: Cast) -> None:
    async with Phone(server.entry, cast.alice) as alice, Raw(server.port) as bob:
        await bob.text(f"login_{cast.bob}")
        await alice.text(cast.bob, "first")
        await bob.texts(1)
        ping = await bob.ping()
        await alice.text(cast.bob, "second")
        await bob.texts(1)
        await bob.send(PONG, ping)
        async with asyncio.timeout(10):
            while not delivered_id(server, cast.bob):
                await asyncio.sleep(0.05)
        bob.reset()
        async with Phone(server.entry, cast.bob) as again:
            assert await again.contents(1) == ["second"]


@pytest.mark.promise("delivery-8")
async def test_unsolicited_pong_confirms_nothing(server: Server, cast: Cast) -> None:
    async with Phone(server.entry, cast.alice) as alice, Raw(server.port) as bob:
        await bob.text(f"login_{cast.bob}")
        await alice.text(cast.bob, "unread")
        await bob.texts(1)
        for forged in (b"", b"1", b"1.2", b"1.9223372036854775807", b"unread", b"\xff.\xff"):
            await bob.send(PONG, forged)
        await asyncio.sleep(1.5)
        assert delivered_id(server, cast.bob) == 0
        bob.reset()
        async with Phone(server.entry, cast.bob) as again:
            assert await again.contents(1) == ["unread"]


@pytest.mark.promise("delivery-8")
async def test_frames_of_a_client_confirm_no_delivery(server: Server, cast: Cast) -> None:
    """A client that sends and does not read is connected, for it gives signs of life, and gets all again."""
    async with Phone(server.entry, cast.alice) as alice, Raw(server.port) as bob:
        await bob.text(f"login_{cast.bob}")
        for number in range(50):
            await alice.text(cast.bob, str(number))
        for second in range(6):
            await bob.text(f"text_{cast.alice}_{second}_unicast_")
            await asyncio.sleep(0.5)
        assert await alice.contents(6) == [str(second) for second in range(6)]
        bob.reset()
        async with Phone(server.entry, cast.bob) as again:
            assert await again.contents(50) == [str(number) for number in range(50)]


async def test_pong_for_an_earlier_login_confirms_nothing(server: Server, cast: Cast) -> None:
    """Charlie logs in where Bob was: what Bob leaves unanswered says nothing of Charlie's messages."""
    async with Phone(server.entry, cast.alice) as alice, Raw(server.port) as both:
        await both.text(f"login_{cast.bob}")
        await alice.text(cast.bob, "for Bob")
        await both.texts(1)
        ping = await both.ping()
        await both.text(f"login_{cast.charlie}")
        await alice.text(cast.charlie, "for Charlie")
        await both.texts(1)
        await both.send(PONG, ping)
        await asyncio.sleep(1.5)
        both.reset()
        async with Phone(server.entry, cast.charlie) as again:
            assert await again.contents(1) == ["for Charlie"]
