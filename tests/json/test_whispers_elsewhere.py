"""What is told and not kept crosses to the other process, and so does who is online."""

import asyncio

import pytest

from testkit.device import Device
from testkit.phone import Phone
from tests.json.conftest import Cast
from tests.json.places import Places, killed
from tests.support.calls import make_group
from tests.support.hurried import hurried
from tests.support.pair import Pair

GRACE_SECONDS = 2.5
_PRESENCE = "chat__delivery__cluster__presence__"
QUICK = hurried(
    **{
        f"{_PRESENCE}GRACE_SECONDS": GRACE_SECONDS,
        f"{_PRESENCE}BEAT_SECONDS": 1,
        f"{_PRESENCE}LEASE_SECONDS": 6,
    }
)


@pytest.fixture
def pair(places: Places) -> Pair:
    """Two processes that wait less long before they say that somebody has gone."""
    return places.at("two", **QUICK)


async def test_typing_reaches_clients_of_the_other_process(pair: Pair, cast: Cast) -> None:
    here, there = pair
    group = await make_group(here, cast.alice, cast.bob)
    async with (
        Device(here.entry, cast.alice) as alice,
        Device(there.entry, cast.bob) as bob,
        Device(there.entry, cast.charlie) as charlie,
    ):
        await alice.call("typing", to=f"u:{cast.bob}")
        assert await bob.event() == {"ev": "typing", "conversation": f"u:{cast.alice}", "from": cast.alice}
        await alice.call("typing", to=f"g:{group}")
        assert await bob.event() == {"ev": "typing", "conversation": f"g:{group}", "from": cast.alice}
        assert await charlie.receives_nothing()


async def test_presence_includes_the_other_process(pair: Pair, cast: Cast) -> None:
    here, there = pair
    async with Device(here.entry, cast.alice) as alice:
        assert await alice.call("presence", users=[cast.bob, cast.charlie]) == {"online": []}
        async with Device(there.entry, cast.bob):
            assert await alice.event() == {"ev": "presence", "user": cast.bob, "online": True}
            async with Phone(there.entry, cast.charlie):
                assert await alice.event() == {"ev": "presence", "user": cast.charlie, "online": True}
                both = {"online": [cast.bob, cast.charlie]}
                assert await alice.call("presence", users=[cast.bob, cast.charlie]) == both
        gone = [await alice.event(), await alice.event()]
    assert {event["user"] for event in gone} == {cast.bob, cast.charlie}
    assert not any(event["online"] for event in gone)


async def test_person_moving_between_processes_stays_online(pair: Pair, cast: Cast) -> None:
    here, there = pair
    async with Device(here.entry, cast.alice) as alice:
        async with Device(here.entry, cast.bob):
            assert await alice.call("presence", users=[cast.bob, cast.charlie]) == {"online": [cast.bob]}
        async with Device(there.entry, cast.bob):
            # Then it would be told that Bob has gone.
            await asyncio.sleep(GRACE_SECONDS + 1)
            async with Device(there.entry, cast.charlie):
                assert (await alice.event())["user"] == cast.charlie


async def test_presence_recovers_after_a_process_is_killed_and_restarted(pair: Pair, cast: Cast) -> None:
    here, there = pair
    async with Device(here.entry, cast.alice) as alice:
        async with Device(there.entry, cast.bob):
            if not (await alice.call("presence", users=[cast.bob]))["online"]:
                assert (await alice.event())["online"]
            with killed(there):
                assert await alice.event() == {"ev": "presence", "user": cast.bob, "online": False}
        async with Device(there.entry, cast.charlie) as charlie:
            if not (await charlie.call("presence", users=[cast.alice]))["online"]:
                assert await charlie.event() == {"ev": "presence", "user": cast.alice, "online": True}
