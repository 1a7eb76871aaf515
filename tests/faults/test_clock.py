"""The wall clock of a server steps back, or ahead and back, with traffic running."""

import pytest

from testkit.clock import Clock
from testkit.phone import Phone
from testkit.server import Server
from tests.conftest import MakeServer
from tests.faults.conftest import MakeServers
from tests.faults.resuming import Conversation

PEOPLE = [f"person{number}" for number in range(3)]
HOUR = 3600


async def _nothing_happens_to_anybody(conversation: Conversation, server: Server) -> None:
    """Nothing lost, nothing twice, order kept, nobody refused or cut off, and time only rises."""
    await conversation.check()
    assert conversation.was_undisturbed
    times = _times(server)
    assert times == sorted(times)


def _times(server: Server) -> list[int]:
    return [row[0] for row in server.query("SELECT timet FROM chat_message ORDER BY id")]


async def test_of_one_of_two_processes(clock: Clock, make_servers: MakeServers) -> None:
    servers = make_servers(clock.environment, {})
    async with Conversation(servers, PEOPLE) as conversation:
        for step in (-HOUR, HOUR, HOUR, -HOUR):
            clock.step(step)
            await conversation.until_heard(20)
        await _nothing_happens_to_anybody(conversation, servers[0])


@pytest.mark.promise("to-client-2")
async def test_of_the_only_process(clock: Clock, make_server: MakeServer) -> None:
    server = make_server(**clock.environment)
    async with Conversation([server], PEOPLE) as conversation:
        clock.step(-HOUR)
        await conversation.until_heard(20)
        await _nothing_happens_to_anybody(conversation, server)
        before = _times(server)[-1]
    async with Phone(server.entry, "alice") as alice, Phone(server.entry, "bob") as bob:
        await alice.text("bob", "in the past")
        assert (await bob.message()).time == before, "time stands still until the clock has caught up"
    clock.step(2 * HOUR)
    async with Phone(server.entry, "alice") as alice, Phone(server.entry, "bob") as bob:
        await alice.text("bob", "an hour later")
        assert (await bob.message()).time >= before + HOUR - 60
