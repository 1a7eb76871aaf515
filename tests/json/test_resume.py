"""Who comes back says which id it has last seen, and gets everything later, each once, in order. If there is
something missing: test_gap.py."""

import pytest

from testkit.device import Device
from testkit.server import Server
from tests.json.conftest import Cast
from tests.support.api import Remote
from tests.support.calls import add, remove


@pytest.mark.promise("json-27")
async def test_resumed_device_gets_later_messages_once_and_in_order(
    there: Server, cast: Cast, alice: Device
) -> None:
    async with Device(there.entry, cast.bob) as bob:
        seen = await alice.text(f"u:{cast.bob}", "seen")
        assert (await bob.event())["id"] == seen
    await alice.text(f"u:{cast.bob}", "one")
    last = await alice.text(f"u:{cast.bob}", "two")
    async with Device(there.entry) as bob:
        welcome = await bob.hello(userid=cast.bob, since=seen, log=alice.welcome["log"])
        assert welcome["head"] >= last
        one, two, caught_up = await bob.events(3)
        assert (one["content"], two["content"]) == ("one", "two")
        assert caught_up == {"ev": "caught_up", "id": welcome["head"]}
        await alice.text(f"u:{cast.bob}", "live")
        assert (await bob.event())["content"] == "live"
        assert await bob.receives_nothing()


@pytest.mark.promise("json-29")
async def test_hello_without_since_begins_at_the_end(there: Server, cast: Cast, alice: Device) -> None:
    await alice.text(f"u:{cast.bob}", "before")
    async with Device(there.entry, cast.bob) as bob:
        assert bob.backlog == []
    async with Device(there.entry, cast.bob, device="new") as bob:
        assert bob.backlog == []


@pytest.mark.promise("json-27")
async def test_resumed_device_gets_own_messages(there: Server, cast: Cast, group: str, alice: Device) -> None:
    since = alice.welcome["head"]
    await alice.text(f"u:{cast.bob}", "to Bob", cid="1")
    await alice.text(f"u:{cast.alice}", "a note")
    await alice.text(f"g:{group}", "to all")
    async with Device(there.entry, cast.alice, since=since) as again:
        messages = [event for event in again.backlog if event["ev"] == "message"]
    assert [(event["conversation"], event["content"]) for event in messages] == [
        (f"u:{cast.bob}", "to Bob"),
        (f"u:{cast.alice}", "a note"),
        (f"g:{group}", "to all"),
    ]
    assert [event.get("cid") for event in messages] == ["1", None, None]


@pytest.mark.promise("json-28")
async def test_resumed_device_gets_the_current_text_of_an_edited_message(
    there: Server, cast: Cast, alice: Device
) -> None:
    target = await alice.text(f"u:{cast.bob}", "helo")
    await alice.call("edit", target=target, content="hello")
    async with Device(there.entry, cast.bob, since=target - 1) as bob:
        message, edited = bob.backlog
        assert (message["id"], message["content"]) == (target, "hello")
        assert (edited["ev"], edited["target"], edited["content"]) == ("edited", target, "hello")


@pytest.mark.promise("json-28")
async def test_resumed_device_gets_the_recall_but_not_the_recalled_message(
    there: Server, cast: Cast, alice: Device
) -> None:
    target = await alice.text(f"u:{cast.bob}", "oh no")
    await alice.call("react", target=target, emoji="👍")
    await alice.call("edit", target=target, content="oh dear")
    await alice.call("recall", target=target)
    async with Device(there.entry, cast.bob, since=target - 1) as bob:
        assert [event["ev"] for event in bob.backlog] == ["reaction", "recalled"]
        assert {event["target"] for event in bob.backlog} == {target}


@pytest.mark.promise("json-61")
async def test_cleared_messages_are_not_sent_to_another_device(
    there: Server, cast: Cast, alice: Device
) -> None:
    first = await alice.text(f"u:{cast.bob}", "one")
    edited = await alice.text(f"u:{cast.bob}", "two")
    await alice.call("edit", target=edited, content="too")
    path = f"conversations/u:{cast.alice}/clear"
    assert (await Remote(there, cast.bob).post(path, upto=edited)).body == {"cleared": edited}
    last = await alice.text(f"u:{cast.bob}", "three")
    async with Device(there.entry, cast.bob, since=first - 1) as bob:
        assert [(event["id"], event["content"]) for event in bob.backlog] == [(last, "three")]


async def test_resumed_device_gets_group_messages_of_its_membership(
    here: Server, there: Server, cast: Cast, group: str, alice: Device
) -> None:
    since = alice.welcome["head"]
    await alice.text(f"g:{group}", "without Charlie")
    await add(here, group, cast.charlie)
    await alice.text(f"g:{group}", "with Charlie")
    await remove(here, group, cast.charlie)
    await alice.text(f"g:{group}", "without Charlie again")
    async with Device(there.entry, cast.charlie, since=since) as charlie:
        assert _contents(charlie) == ["with Charlie"]
    async with Device(there.entry, cast.bob, since=since) as bob:
        assert _contents(bob) == ["without Charlie", "with Charlie", "without Charlie again"]


def _contents(device: Device) -> list[str]:
    return [event["content"] for event in device.backlog if event["ev"] == "message"]
