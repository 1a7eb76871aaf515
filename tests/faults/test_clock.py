"""The wall clock of a server steps back, or ahead and back, with traffic running."""

import pytest

from testkit.clock import Clock
from testkit.device import Device
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
    return [row[0] for row in server.query("SELECT timet FROM log_message ORDER BY id")]


async def test_clock_step_of_one_process_does_not_disturb_traffic(
    clock: Clock, make_servers: MakeServers
) -> None:
    servers = make_servers(clock.environment, {})
    async with Conversation(servers, PEOPLE) as conversation:
        for step in (-HOUR, HOUR, HOUR, -HOUR):
            clock.step(step)
            await conversation.until_received(20)
        await _nothing_happens_to_anybody(conversation, servers[0])


@pytest.mark.promise("to-client-2")
async def test_clock_step_of_a_single_process_does_not_disturb_traffic(
    clock: Clock, make_server: MakeServer
) -> None:
    server = make_server(**clock.environment)
    async with Conversation([server], PEOPLE) as conversation:
        clock.step(-HOUR)
        await conversation.until_received(20)
        await _nothing_happens_to_anybody(conversation, server)
        before = _times(server)[-1]
    async with Phone(server.entry, "alice") as alice, Phone(server.entry, "bob") as bob:
        await alice.text("bob", "in the past")
        assert (await bob.message()).time == before, "time stands still until the clock has caught up"
    clock.step(2 * HOUR)
    async with Phone(server.entry, "alice") as alice, Phone(server.entry, "bob") as bob:
        await alice.text("bob", "an hour later")
        assert (await bob.message()).time >= before + HOUR - 60


async def test_slow_group_and_announcement_go_on_after_a_step_back(
    clock: Clock, make_server: MakeServer
) -> None:
    """Also if the process was killed that sent the announcement."""
    server = make_server(**clock.environment, IM66_ANNOUNCEMENTS_PER_SECOND="1")
    group = server.run_python(_SLOW_GROUP_AND_ANNOUNCEMENT).strip()
    async with Device(server.entry, "bob") as bob:
        await bob.text(f"g:{group}", "at once")
        assert (await bob.refusal("send", to=f"g:{group}", kind="text", content="too early")).code == 429
        assert (await bob.message())["content"] == "We are back."
        server.kill()
    clock.step(-HOUR)
    server.start()
    async with Device(server.entry, "bob") as bob, Device(server.entry, "carol") as carol:
        await bob.text(f"g:{group}", "an hour ago")
        contents = [one["content"] for one in carol.backlog if one["ev"] == "message"]
        while "We are back." not in contents:
            contents.append((await carol.message())["content"])
    assert contents.count("We are back.") == 1


_SLOW_GROUP_AND_ANNOUNCEMENT = """
from accounts.models import User
from groups.services import create_group, set_slow
from moderation.announcements import Audience, start
from moderation.moderators import Moderator
User.objects.bulk_create(User(pk=userid) for userid in ("alice", "bob", "carol"))
group = create_group("alice", ["bob", "carol"], "slow")
set_slow(group.pk, 60)
start(Moderator("alice"), "news", "We are back.", Audience(group=group.pk))
print(group.pk)
"""
