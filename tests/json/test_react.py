"""Somebody gives a reaction to a message, or takes it back."""

import pytest

from testkit.device import Device, Error
from testkit.server import Server
from tests.json.conftest import Cast, anywhere
from tests.support.calls import remove

pytestmark = anywhere

NOT_FOUND = Error(404, "not_found")


@pytest.mark.promise("json-11")
async def test_a_reaction_is_told_and_can_be_taken_back(alice: Device, bob: Device, cast: Cast) -> None:
    target = await alice.text(f"u:{cast.bob}", "good news")
    await bob.event()
    given = await bob.call("react", target=target, emoji="👍", on=True)
    told = await alice.event()
    assert isinstance(told.pop("time"), int)
    assert told == {
        "ev": "reaction",
        "id": given["id"],
        "conversation": f"u:{cast.bob}",
        "target": target,
        "from": cast.bob,
        "emoji": "👍",
        "on": True,
    }
    taken = await bob.call("react", target=target, emoji="👍", on=False)
    assert taken["id"] > given["id"]
    told = await alice.event()
    assert (told["emoji"], told["on"]) == ("👍", False)
    assert await bob.hears_nothing()


@pytest.mark.promise("json-12")
async def test_again_is_answered_as_before(alice: Device, bob: Device, cast: Cast) -> None:
    target = await alice.text(f"u:{cast.bob}", "good news")
    first = await alice.call("react", target=target, emoji="👍")
    assert await alice.call("react", target=target, emoji="👍") == first
    assert [event["ev"] for event in await bob.events(2)] == ["message", "reaction"]
    assert await bob.hears_nothing()


@pytest.mark.promise("json-12")
async def test_on_two_devices_at_once_it_is_one(
    there: Server, group: str, alice: Device, bob: Device, cast: Cast
) -> None:
    target = await alice.text(f"g:{group}", "good news")
    await bob.event()
    async with Device(there.entry, cast.alice) as browser:
        for number in range(20):
            wanted = {"target": target, "emoji": "👍", "on": number % 2 == 0}
            asked = [(device, await device.command("react", **wanted)) for device in (alice, browser, alice)]
            given = [await device.reply(id_) for device, id_ in asked]
            assert given == [given[0]] * 3
            assert (await bob.event())["id"] == given[0]["id"]
    assert await bob.hears_nothing()


@pytest.mark.promise("json-38")
async def test_a_message_100_times_and_not_once_more(alice: Device, bob: Device, cast: Cast) -> None:
    target = await alice.text(f"u:{cast.bob}", "good news")
    for number in range(100):
        await alice.call("react", target=target, emoji="👍", on=number % 2 == 0)
    assert await alice.refusal("react", target=target, emoji="👍") == Error(409, "conflict")
    assert await alice.call("react", target=target, emoji="👍", on=False), "which it is"
    assert await bob.call("react", target=target, emoji="👍")


async def test_each_person_gives_each_emoji(group: str, alice: Device, bob: Device) -> None:
    target = await alice.text(f"g:{group}", "good news")
    await bob.event()
    for emoji in ("👍", "🎉", "👩‍👩‍👧", ":custom:"):
        await bob.call("react", target=target, emoji=emoji)
        assert (await alice.event())["emoji"] == emoji
    await alice.call("react", target=target, emoji="👍")
    assert (await bob.event())["from"] == alice.userid


@pytest.mark.promise("json-38")
async def test_20_different_ones_and_not_one_more(alice: Device, bob: Device, cast: Cast) -> None:
    target = await alice.text(f"u:{cast.bob}", "good news")
    for number in range(20):
        await alice.call("react", target=target, emoji=f"e{number}")
    assert await alice.refusal("react", target=target, emoji="e20") == Error(409, "conflict")
    assert await alice.call("react", target=target, emoji="e0", on=False)
    assert await bob.call("react", target=target, emoji="e20")


@pytest.mark.promise("json-14")
async def test_who_cannot_read_it_may_not(
    here: Server, cast: Cast, group: str, alice: Device, bob: Device, charlie: Device
) -> None:
    target = await alice.text(f"g:{group}", "among us")
    assert await charlie.refusal("react", target=target, emoji="👍") == NOT_FOUND
    assert await bob.call("react", target=target, emoji="👍")
    await remove(here, group, cast.bob)
    assert await bob.refusal("react", target=target, emoji="🎉") == Error(403, "not_allowed")
