"""PostgreSQL stands still, its connections open and nothing answered, or is away for long."""

import asyncio
import signal
import time

import pytest

from testkit.phone import Phone
from testkit.server import Server
from tests.faults.conftest import MakeServers, Services
from tests.faults.resuming import Conversation
from tests.faults.vanishing import ANSWERING_SECONDS, HEARTBEAT, listening
from tests.support.flood import call

PEOPLE = [f"person{number}" for number in range(4)]
# Longer than a client is given to answer a ping.
SILENT_SECONDS = 3 * ANSWERING_SECONDS
# Long enough for waits that double each time to have become far longer than the bound.
AWAY_SECONDS = 70.0
BACK_SECONDS = 5.0
MESSAGES = [str(number) for number in range(20)]


@pytest.fixture
def servers(make_servers: MakeServers) -> list[Server]:
    return make_servers(HEARTBEAT, HEARTBEAT)


async def test_connections_survive_a_silent_postgresql(services: Services, servers: list[Server]) -> None:
    """Not even who writes on; and what they write is stored, or refused."""
    async with Conversation(servers, PEOPLE, pause=1 / 20) as conversation:
        with services.postgres.silent():
            await asyncio.sleep(SILENT_SECONDS)
        await conversation.until_received(30)
        await conversation.check()
        assert not any(person.closed for person in conversation.everybody)


@pytest.mark.wide
async def test_service_resumes_soon_after_a_long_outage(services: Services, servers: list[Server]) -> None:
    async with Conversation(servers, PEOPLE, pause=1.0) as conversation:
        await asyncio.to_thread(services.postgres.stop)
        await asyncio.sleep(AWAY_SECONDS)
        await asyncio.to_thread(services.postgres.start)
        back = time.monotonic()
        await conversation.until_received(1)
        await asyncio.gather(*map(_log_in, servers), *map(_ask_for_a_group, servers))
        assert time.monotonic() - back < BACK_SECONDS
        await conversation.check()
        assert not any(person.closed for person in conversation.everybody)


async def _sleep_until(moment: float) -> None:
    await asyncio.sleep(max(0.0, moment - time.monotonic()))


async def _log_in(server: Server) -> None:
    """Try until it works, as people do who are told to try again."""
    while True:
        async with Phone(server.entry) as phone:
            await phone.send(f"login_newcomer{server.port}")
            await phone.send("members_999999")
            if await phone.receive() == "error_404_no such group":
                return
        await asyncio.sleep(0.2)


async def _ask_for_a_group(server: Server) -> None:
    """Over HTTP, as they log in."""
    while b'"message":"OK"' not in await call(server.port, "/grpinfo?groupid=1", "127.0.0.1"):
        await asyncio.sleep(0.2)


async def test_messages_for_a_vanished_client_survive_a_restart(
    services: Services, make_servers: MakeServers
) -> None:
    """The end of a process takes as long as the database is silent. Nobody is pinged meanwhile."""
    (server,) = make_servers({"IM66_HEARTBEAT_SECONDS": "3"})
    async with Phone(server.entry, "alice") as alice, listening(server.entry) as bob:
        began = time.monotonic()
        # The messages go out before a heartbeat, the next one comes while the process is about to end, and
        # there is no time left to find out that nobody answers.
        await _sleep_until(began + 2.3)
        bob.send_signal(signal.SIGSTOP)
        for content in MESSAGES:
            await alice.text("bob", content)
        await alice.settle()
        await _sleep_until(began + 3.3)
        with services.postgres.silent():
            await alice.text("bob", "accepted, not written yet")
            await (await alice.socket.ping())
            server.terminate()
            await asyncio.sleep(4)
        assert await asyncio.to_thread(lambda: server.exit_code) == 0
    server.start()
    async with Phone(server.entry) as again:
        await again.send("login_bob")
        assert await again.contents_until("accepted, not written yet") == [
            *MESSAGES,
            "accepted, not written yet",
        ]
