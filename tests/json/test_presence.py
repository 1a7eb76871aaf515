"""A device watches who is online."""

import pytest

from testkit.device import Device, Error
from testkit.phone import Phone
from testkit.server import Server
from tests.json.conftest import Cast
from tests.support.calls import put


async def test_it_works(server: Server, cast: Cast, alice: Device, bob: Device) -> None:
    assert await alice.call("presence", users=[cast.bob, cast.charlie]) == {"online": [cast.bob]}
    async with Device(server.entry, cast.charlie):
        assert await alice.event() == {"ev": "presence", "user": cast.charlie, "online": True}
        assert await bob.hears_nothing()


@pytest.mark.slow
async def test_who_has_gone_for_a_while_is_offline(server: Server, cast: Cast, alice: Device) -> None:
    async with Device(server.entry, cast.bob):
        await alice.call("presence", users=[cast.bob])
    assert await alice.event() == {"ev": "presence", "user": cast.bob, "online": False}


async def test_somebody_with_a_shipped_app_is_online_as_well(
    server: Server, cast: Cast, alice: Device
) -> None:
    async with Phone(server.entry, cast.bob) as bob:
        await bob.settle()
        assert await alice.call("presence", users=[cast.bob]) == {"online": [cast.bob]}


async def test_a_list_replaces_the_one_before(server: Server, cast: Cast, alice: Device) -> None:
    await alice.call("presence", users=[cast.bob])
    await alice.call("presence", users=[cast.charlie])
    async with Device(server.entry, cast.bob), Device(server.entry, cast.charlie):
        assert (await alice.event())["user"] == cast.charlie
        assert await alice.hears_nothing()


async def test_who_blocks_somebody_looks_offline_to_them(
    server: Server, cast: Cast, alice: Device, bob: Device, charlie: Device
) -> None:
    for device in (alice, charlie):
        assert await device.call("presence", users=[cast.bob]) == {"online": [cast.bob]}
    await put(server, cast.bob, f"blocks/{cast.alice}")
    assert await alice.event() == {"ev": "presence", "user": cast.bob, "online": False}
    assert await alice.call("presence", users=[cast.bob]) == {"online": []}
    assert await charlie.call("presence", users=[cast.bob]) == {"online": [cast.bob]}
    assert await charlie.hears_nothing()


async def test_at_most_200_are_watched(alice: Device) -> None:
    users = [f"nobody{number}" for number in range(201)]
    assert await alice.refusal("presence", users=users) == Error(400, "invalid")
    assert await alice.call("presence", users=users[:200]) == {"online": []}
