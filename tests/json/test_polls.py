"""Polls over real sockets: results are told live, and nobody learns more than they may."""

import asyncio

import pytest

from testkit.device import Device, Error
from testkit.phone import Phone
from testkit.server import Server
from tests.json.conftest import Cast, anywhere
from tests.support.calls import add

POLL = {"kind": "poll", "content": "Where?", "poll": {"options": ["Here", "There"], "anonymous": True}}


async def results(device: Device, votes: list[int]) -> dict[str, object]:
    """The event that tells these, of which nobody else's vote is told."""
    while (event := await device.event()).get("votes") != votes:
        assert event["ev"] in ("poll", "notice", "message")
    assert "mine" not in event
    return event


@pytest.mark.promise("json-88")
async def test_members_get_poll_results(
    there: Server, alice: Device, bob: Device, charlie: Device, group: str, cast: Cast
) -> None:
    poll = (await alice.call("send", to=f"g:{group}", **POLL))["id"]
    assert (await bob.message())["poll"] == {
        "options": ["Here", "There"],
        "anonymous": True,
        "multiple": False,
    }
    await add(there, group, cast.charlie)
    assert (await charlie.event())["ev"] == "notice"
    async with Device(there.entry, cast.bob) as browser:
        voted = await bob.call("vote", target=poll, options=[1], cid="once")
        assert await bob.call("vote", target=poll, options=[1], cid="once") == voted
        event = {"ev": "poll", "conversation": f"g:{group}", "target": poll}
        own = await browser.event()
        assert own == {**event, "id": voted["id"], "mine": [1]}
        for device in (alice, bob, browser):
            assert await results(device, [0, 1]) == {**event, "votes": [0, 1], "closed": False}
    await alice.call("vote", target=poll, options=[0])
    assert await bob.refusal("close_poll", target=poll) == Error(403, "not_allowed")
    await alice.call("close_poll", target=poll)
    assert (await results(bob, [1, 1]))["votes"] == [1, 1]
    while not (await alice.event())["closed"]:
        pass
    assert await bob.refusal("vote", target=poll, options=[0]) == Error(409, "conflict")
    assert await charlie.refusal("vote", target=poll, options=[0]) == Error(404, "not_found")
    assert await charlie.receives_nothing()


@anywhere
async def test_number_sent_by_a_phone_is_a_vote(there: Server, alice: Device, group: str, cast: Cast) -> None:
    async with Phone(there.entry, cast.bob) as bob:
        await alice.call("send", to=f"g:{group}", **POLL)
        assert (await bob.message()).content == "Where?\n1. Here\n2. There"
        await bob.group_text(group, "2")
        received: set[object] = set()
        while len(received) < 2:
            event = await alice.event()
            received |= {event.get("content", str(event.get("votes")))} - {"None"}
        assert received == {"2", "[0, 1]"}


@anywhere
async def test_many_simultaneous_votes_cause_few_events(alice: Device, bob: Device, group: str) -> None:
    poll = (await alice.call("send", to=f"g:{group}", **POLL))["id"]
    await bob.message()
    commands = [await alice.command("vote", target=poll, options=[number % 2]) for number in range(40)]
    for id_ in commands:
        await alice.reply(id_)
    await asyncio.sleep(1)
    await alice.text(f"g:{group}", "last")
    events = 0
    while (await bob.event())["ev"] == "poll":
        events += 1
    assert 1 <= events <= 12
