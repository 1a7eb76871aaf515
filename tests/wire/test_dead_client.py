"""A client that is gone without the network having told, or might as well be."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from testkit.phone import Phone
from testkit.server import Server
from testkit.silent import Raw
from tests.support.hurried import hurried

pytestmark = pytest.mark.slow

HEARTBEAT_SECONDS = 4.0
# So long a client may give no sign of life.
PATIENCE_SECONDS = 3.0

Play = Callable[[Server], Awaitable[None]]
Played = dict[Play, BaseException | None]


async def _dead_client_logs_in_again(server: Server) -> None:
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


async def _client_neither_answers_nor_sends(server: Server) -> None:
    async with Raw(server.port) as charlie:
        await charlie.text("login_charlie")
        with pytest.raises((EOFError, ConnectionError)):
            async with asyncio.timeout(4 * PATIENCE_SECONDS):
                while True:
                    await charlie.frame()


async def _client_sends_and_takes_nothing(server: Server) -> None:
    """Its kernel is full, so nothing moves. What it sends of its own does not help it."""
    async with Phone(server.entry, "dora") as dora, Raw(server.port, receive_buffer=4096) as erin:
        await erin.text("login_erin")
        for _ in range(50):
            await dora.text("erin", "x" * 3000)
        with pytest.raises(ConnectionError):
            for _ in range(int(4 * PATIENCE_SECONDS)):
                await erin.text("text_dora_still here_unicast_")
                await asyncio.sleep(1)
        async with Phone(server.entry, "erin") as again:
            assert await again.contents(50) == ["x" * 3000] * 50


async def _client_answers(server: Server) -> None:
    async with Phone(server.entry, "frank") as frank, Phone(server.entry, "grace") as grace:
        await asyncio.sleep(PATIENCE_SECONDS + 3)
        await frank.text("grace", "still there?")
        assert await grace.contents(1) == ["still there?"]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """What each play has failed with. All at once, because each of them mostly waits."""
    plays: list[Play] = [
        _dead_client_logs_in_again,
        _client_neither_answers_nor_sends,
        _client_sends_and_takes_nothing,
        _client_answers,
    ]

    async def play_all(server: Server) -> Played:
        failed = await asyncio.gather(*(play(server) for play in plays), return_exceptions=True)
        return dict(zip(plays, failed, strict=True))

    settings = {
        "IM66_HEARTBEAT_SECONDS": str(HEARTBEAT_SECONDS),
        **hurried(server__pulse__MIN_ANSWERING_SECONDS=PATIENCE_SECONDS),
    }
    with Server(tmp_path_factory.mktemp("dead"), **settings) as server:
        return asyncio.run(play_all(server))


def check(failed: BaseException | None) -> None:
    if failed:
        raise failed


@pytest.mark.promise("delivery-10")
def test_messages_sent_to_a_dead_client_come_again(played: Played) -> None:
    check(played[_dead_client_logs_in_again])


@pytest.mark.promise("delivery-9")
def test_silent_client_is_disconnected(played: Played) -> None:
    check(played[_client_neither_answers_nor_sends])


@pytest.mark.promise("delivery-9")
def test_client_that_reads_nothing_is_disconnected(played: Played) -> None:
    check(played[_client_sends_and_takes_nothing])


def test_answering_client_stays_connected(played: Played) -> None:
    check(played[_client_answers])
