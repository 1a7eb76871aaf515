"""Two server processes on one PostgreSQL and one Redis are one server to clients of the JSON dialect too."""

import asyncio

import pytest

from testkit.device import Device
from testkit.phone import Phone
from tests.json.conftest import Cast
from tests.support.calls import make_group
from tests.support.pair import Pair


@pytest.mark.promise("json-21")
async def test_amendments_reach_clients_of_the_other_process(pair: Pair, cast: Cast) -> None:
    here, there = pair
    group = await make_group(here, cast.alice, cast.bob)
    async with (
        Device(here.entry, cast.alice) as alice,
        Device(there.entry, cast.alice) as browser,
        Device(there.entry, cast.bob) as bob,
    ):
        target = await alice.text(f"g:{group}", "helo")
        await alice.call("edit", target=target, content="hello")
        await alice.call("react", target=target, emoji="👍")
        await alice.call("recall", target=target)
        for device in (browser, bob):
            events = await device.events(4)
            assert [event["ev"] for event in events] == ["message", "edited", "reaction", "recalled"]
        assert await alice.receives_nothing()


@pytest.mark.promise("json-8")
async def test_same_cid_sent_to_both_processes_is_one_message(pair: Pair, cast: Cast) -> None:
    here, there = pair
    async with (
        Device(here.entry, cast.alice) as one,
        Device(there.entry, cast.alice) as two,
        Device(there.entry, cast.bob) as bob,
    ):
        for number in range(30):
            message = {"to": f"u:{cast.bob}", "kind": "text", "content": str(number), "cid": f"c{number}"}
            answers = await asyncio.gather(one.call("send", **message), two.call("send", **message))
            assert answers[0] == answers[1]
        assert [event["content"] for event in await bob.events(30)] == [str(number) for number in range(30)]
        assert await bob.receives_nothing()


@pytest.mark.promise("routing-5", "json-4")
async def test_group_has_one_order_in_both_dialects(pair: Pair, cast: Cast) -> None:
    here, there = pair
    dora = f"dora-{cast.alice}"
    group = await make_group(here, *cast, dora)
    async with (
        Device(here.entry, cast.alice) as alice,
        Device(there.entry, cast.bob) as bob,
        Phone(there.entry, cast.charlie) as charlie,
        Device(here.entry, dora) as listener,
    ):
        for number in range(100):
            await alice.command("send", to=f"g:{group}", kind="text", content=f"a{number}")
            await bob.command("send", to=f"g:{group}", kind="text", content=f"b{number}")
            await charlie.group_text(group, f"c{number}")
        events = await listener.events(300)
        contents = [event["content"] for event in events]
        for listening in (alice, bob):
            due = [event["id"] for event in events if event["from"] != listening.userid]
            assert [event["id"] for event in await listening.events(200)] == due
        assert await charlie.contents(200) == [content for content in contents if content[0] != "c"]
    assert sorted(contents) == sorted(f"{who}{number}" for who in "abc" for number in range(100))
