"""A device watches who is online."""

from typing import Any

import pytest

from testkit.device import Device, Error
from testkit.server import Server
from tests.json.conftest import Cast, anywhere
from tests.json.places import Place
from tests.support.api import Remote

pytestmark = anywhere


async def watch(place: Place, device: Device, *userids: str, online: str) -> None:
    """Watch these people, of whom one is online: if in the other process, that is told as soon as it is
    known."""
    event = (await device.call("presence", users=userids))["online"]
    if not event and not place.is_one:
        assert await event_of(device, "presence") == {"ev": "presence", "user": online, "online": True}
        event = (await device.call("presence", users=userids))["online"]
    assert event == [online]


@pytest.mark.promise("json-18")
async def test_presence_watcher_is_notified_of_logins(
    place: Place, cast: Cast, alice: Device, bob: Device
) -> None:
    await watch(place, alice, cast.bob, cast.charlie, online=cast.bob)
    async with Device(place.there.entry, cast.charlie):
        assert await alice.event() == {"ev": "presence", "user": cast.charlie, "online": True}
        assert await bob.receives_nothing()


@pytest.mark.promise("json-18")
async def test_presence_list_replaces_the_previous_one(there: Server, cast: Cast, alice: Device) -> None:
    await alice.call("presence", users=[cast.bob])
    await alice.call("presence", users=[cast.charlie])
    async with Device(there.entry, cast.bob), Device(there.entry, cast.charlie):
        assert (await alice.event())["user"] == cast.charlie
        assert await alice.receives_nothing()


@pytest.mark.promise("json-18")
async def test_presence_watches_at_most_200_people(alice: Device) -> None:
    users = [f"nobody{number}" for number in range(201)]
    assert await alice.refusal("presence", users=users) == Error(400, "invalid")
    assert await alice.call("presence", users=users[:200]) == {"online": []}


@pytest.mark.promise("json-47")
async def test_presence_is_hidden_after_leaving_the_last_common_group(
    place: Place, cast: Cast, alice: Device, bob: Device
) -> None:
    """Charlie stays in the group: the right of others goes on."""
    calls = Remote(place.here, cast.bob)
    made = await calls.post("groups", name="Team", members=[cast.alice, cast.charlie])
    group = made.body["id"]
    await calls.patch("me/privacy", write="known", find="known")
    async with Device(place.there.entry, cast.charlie) as charlie:
        for device in (alice, charlie):
            await watch(place, device, cast.bob, online=cast.bob)
        await Remote(place.there, cast.bob).delete(f"groups/{group}/members/{cast.alice}")
        fields = {"ev": "presence", "user": cast.bob, "online": False}
        assert await event_of(alice, "presence") == fields
        assert (await alice.call("presence", users=[cast.bob]))["online"] == []
        assert (await charlie.call("presence", users=[cast.bob]))["online"] == [cast.bob]
        await bob.text(f"g:{group}", "still here")
        while (event := await charlie.event())["ev"] != "message":
            assert event["ev"] != "presence"


async def event_of(device: Device, name: str) -> dict[str, Any]:
    while (event := await device.event())["ev"] != name:
        pass
    return event
