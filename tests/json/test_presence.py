"""A device watches who is online."""

import pytest

from testkit.device import Device, Error
from testkit.server import Server
from tests.json.conftest import Cast, anywhere
from tests.json.places import Place

pytestmark = anywhere


async def watch(place: Place, device: Device, *userids: str, online: str) -> None:
    """Watch these people, of whom one is online: if in the other process, that is told as soon as it is
    known."""
    told = (await device.call("presence", users=userids))["online"]
    if not told and not place.is_one:
        assert await device.event() == {"ev": "presence", "user": online, "online": True}
        told = (await device.call("presence", users=userids))["online"]
    assert told == [online]


@pytest.mark.promise("json-18")
async def test_who_comes_online_is_told(place: Place, cast: Cast, alice: Device, bob: Device) -> None:
    await watch(place, alice, cast.bob, cast.charlie, online=cast.bob)
    async with Device(place.there.entry, cast.charlie):
        assert await alice.event() == {"ev": "presence", "user": cast.charlie, "online": True}
        assert await bob.hears_nothing()


@pytest.mark.promise("json-18")
async def test_a_list_replaces_the_one_before(there: Server, cast: Cast, alice: Device) -> None:
    await alice.call("presence", users=[cast.bob])
    await alice.call("presence", users=[cast.charlie])
    async with Device(there.entry, cast.bob), Device(there.entry, cast.charlie):
        assert (await alice.event())["user"] == cast.charlie
        assert await alice.hears_nothing()


@pytest.mark.promise("json-18")
async def test_at_most_200_are_watched(alice: Device) -> None:
    users = [f"nobody{number}" for number in range(201)]
    assert await alice.refusal("presence", users=users) == Error(400, "invalid")
    assert await alice.call("presence", users=users[:200]) == {"online": []}
