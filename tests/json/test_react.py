"""Somebody gives a reaction to a message, or takes it back."""

import pytest

from testkit.device import Device
from testkit.server import Server
from tests.json.conftest import Cast, anywhere

pytestmark = anywhere


@pytest.mark.promise("json-11")
async def test_reaction_is_sent_and_withdrawn(alice: Device, bob: Device, cast: Cast) -> None:
    target = await alice.text(f"u:{cast.bob}", "good news")
    await bob.event()
    reply = await bob.call("react", target=target, emoji="👍", on=True)
    event = await alice.event()
    assert isinstance(event.pop("time"), int)
    assert event == {
        "ev": "reaction",
        "id": reply["id"],
        "conversation": f"u:{cast.bob}",
        "target": target,
        "from": cast.bob,
        "emoji": "👍",
        "on": True,
    }
    taken = await bob.call("react", target=target, emoji="👍", on=False)
    assert taken["id"] > reply["id"]
    event = await alice.event()
    assert (event["emoji"], event["on"]) == ("👍", False)
    assert await bob.receives_nothing()


@pytest.mark.promise("json-12")
async def test_simultaneous_reactions_on_two_devices_agree(
    there: Server, group: str, alice: Device, bob: Device, cast: Cast
) -> None:
    target = await alice.text(f"g:{group}", "good news")
    await bob.event()
    async with Device(there.entry, cast.alice) as browser:
        for number in range(20):
            expected = {"target": target, "emoji": "👍", "on": number % 2 == 0}
            requests = [
                (device, await device.command("react", **expected)) for device in (alice, browser, alice)
            ]
            replies = [await device.reply(id_) for device, id_ in requests]
            assert replies == [replies[0]] * 3
            assert (await bob.event())["id"] == replies[0]["id"]
    assert await bob.receives_nothing()
