"""A socket on which nobody logs in."""

import asyncio
from collections.abc import Iterator

import pytest

from testkit.phone import Phone
from testkit.server import Server

pytestmark = pytest.mark.slow

SECONDS = 1.0
LATE = 4408


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("hasty"), IM66_LOGIN_SECONDS=str(SECONDS)) as server:
        yield server


@pytest.mark.promise("socket-14", "error-14", "limit-3")
async def test_socket_without_a_login_is_closed_with_error_408(hasty: Server) -> None:
    async with Phone(hasty.entry) as stranger:
        assert await stranger.receive() == "error_408_log in within 1 seconds"
        assert await stranger.close_code() == LATE


@pytest.mark.promise("socket-14")
async def test_socket_with_a_login_or_logout_in_time_stays_open(hasty: Server) -> None:
    async with Phone(hasty.entry, "alice") as alice, Phone(hasty.entry, "bob") as bob:
        await alice.send("logout_alice")
        await asyncio.sleep(2 * SECONDS)
        await bob.send("text_alice_still here_unicast_")
        await alice.log_in("alice")
        assert await alice.contents(1) == ["still here"]


async def test_socket_that_reads_nothing_is_closed_at_the_login_timeout(hasty: Server) -> None:
    async with Phone(hasty.entry) as stranger:
        stranger.socket.transport.pause_reading()
        await stranger.send("nonsense")
        await asyncio.sleep(2 * SECONDS)
        stranger.socket.transport.resume_reading()
        assert await stranger.close_code() == LATE
