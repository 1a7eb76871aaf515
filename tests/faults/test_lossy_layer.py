"""A Redis that loses one message in ten."""

from testkit.phone import Phone
from tests.faults.conftest import MakeServers
from tests.faults.traffic import Traffic

LOSSY = {"DJANGO_SETTINGS_MODULE": "tests.faults.lossy_settings"}


async def test_costs_time_and_no_message(make_servers: MakeServers) -> None:
    servers = make_servers(LOSSY, LOSSY)
    async with Traffic(servers, [f"person{number}" for number in range(6)]) as traffic:
        await traffic.until_heard(200)
        await traffic.check()
        assert all(len(person.heard) == 1 and not person.refused for person in traffic.people)


async def test_the_last_message_needs_no_other_after_it(make_servers: MakeServers) -> None:
    """Each of them is alone: what the layer loses of them, only polling finds."""
    settings = {**LOSSY, "IM66_POLL_SECONDS": "0.2"}
    here, there = make_servers(settings, settings)
    async with Phone(here.entry, "alice") as alice, Phone(there.entry, "bob") as bob:
        for number in range(30):
            await alice.text("bob", str(number))
            assert (await bob.message()).content == str(number)
