"""Bots on a socket: who they are, whom they write to, and answers that people read while they are written."""

from collections.abc import AsyncIterator
from typing import Any, NamedTuple

import pytest

from testkit.device import Device, Error, Refused
from testkit.phone import Phone
from testkit.server import Server
from tests.json.conftest import Cast, anywhere
from tests.support.api import Remote
from tests.support.calls import add, call, make_group, put, remove
from tests.support.pair import Pair


class Bot(NamedTuple):
    """A bot of Alice, which answers `there`."""

    device: Device
    userid: str
    token: str
    id: str
    group: str


async def made(server: Server, by: str, group: str) -> dict[str, Any]:
    answer = await Remote(server, by).post(f"groups/{group}/hooks", name="Answers")
    assert answer.status == 201
    return dict(answer.body)


@pytest.fixture
async def bot(here: Server, there: Server, cast: Cast, group: str) -> AsyncIterator[Bot]:
    created = await made(here, cast.alice, group)
    async with Device(there.entry, token=created["token"]) as device:
        yield Bot(device, created["userid"], created["token"], created["id"], group)


async def text_of(device: Device, upto: str) -> str:
    """What a reader has after it was told of growth that ends with `upto`."""
    text = ""
    while not text.endswith(upto):
        event = await device.event()
        assert event["ev"] == "growing"
        text = text + event["content"] if event["more"] else event["content"]
    return text


async def ended(device: Device) -> dict[str, Any]:
    """The end of an answer. Until then it may be told again that it grows, and of a block."""
    while "done" not in (event := await device.event()):
        assert event["ev"] in {"growing", "contact"}
    return event


async def refused_soon(bot: Bot, **grow: Any) -> Error:
    """The bot's process may hear of it a moment after that of the person who was told."""
    while True:
        try:
            await bot.device.call("grow", **grow)
        except Refused as refused:
            return refused.error


@pytest.mark.promise("json-77")
async def test_growing_answer_is_shown_and_stored_as_one_message(
    here: Server, cast: Cast, bot: Bot, alice: Device, bob: Device, charlie: Device
) -> None:
    place = f"g:{bot.group}"
    assert bot.device.welcome["user"]["bot"] is True
    assert "bot" not in alice.welcome["user"]
    async with Phone(here.entry, cast.bob) as phone:
        for number in range(200):
            await bot.device.call("grow", to=place, cid="a", content=f"{number} ", more=number > 0)
        line = "".join(f"{number} " for number in range(200))
        assert await text_of(alice, "199 ") == line
        async with Device(here.entry, cast.bob) as late:
            await bot.device.call("grow", to=place, cid="a", content="end", more=True)
            assert await text_of(late, "end") == f"{line}end"
        sent = await bot.device.call("send", to=place, kind="text", content=f"{line}end.", cid="a")
        assert await text_of(alice, "end") == "end"
        done = {"ev": "growing", "conversation": place, "from": bot.userid, "answer": "a", "done": True}
        assert await ended(alice) == done
        message = await alice.event()
        assert (message["id"], message["content"]) == (sent["id"], f"{line}end.")
        assert (await phone.message()).content == f"{line}end."
        assert await phone.receives_nothing()
    assert await charlie.receives_nothing()
    assert (await bob.event())["ev"] == "growing"


@anywhere
@pytest.mark.promise("json-78")
async def test_bot_cannot_write_first(cast: Cast, bot: Bot, alice: Device, charlie: Device) -> None:
    to, fields = f"u:{cast.alice}", {"kind": "text", "content": "hello"}
    unwanted = Error(403, "not_allowed")
    assert await bot.device.refusal("send", to=to, **fields) == unwanted
    assert await bot.device.refusal("grow", to=to, cid="a", content="x") == unwanted
    assert await bot.device.refusal("typing", to=to) == unwanted
    await alice.text(f"u:{bot.userid}", "hello")
    assert (await bot.device.event())["from"] == cast.alice
    await bot.device.call("grow", to=to, cid="a", content="x")
    assert (await alice.event())["content"] == "x"
    await bot.device.call("send", to=to, cid="a", **fields)
    await ended(alice)
    assert (await alice.event())["content"] == "hello"
    assert await bot.device.refusal("send", to=f"u:{cast.charlie}", **fields) == unwanted
    # Charlie shares no group with it.
    assert await charlie.refusal("send", to=f"u:{bot.userid}", **fields) == unwanted


@anywhere
@pytest.mark.promise("json-78")
async def test_bot_is_added_to_other_groups_by_their_managers(
    here: Server, cast: Cast, bot: Bot, alice: Device
) -> None:
    other = await make_group(here, cast.alice, cast.bob)
    path = f"groups/{other}/members"
    refused = await Remote(here, cast.bob).post(path, userids=[bot.userid])
    assert refused.failed == (403, "not_allowed")
    theirs = await make_group(here, cast.charlie)
    stranger = await Remote(here, cast.charlie).post(f"groups/{theirs}/members", userids=[bot.userid])
    assert stranger.status in (403, 404)
    added = await Remote(here, cast.alice).post(path, userids=[bot.userid])
    assert added.status < 300
    assert (await bot.device.event())["joined"] == [bot.userid]
    await bot.device.call("send", to=f"g:{other}", kind="text", content="here too")
    await remove(here, other, bot.userid)
    assert await bot.device.refusal("send", to=f"g:{other}", kind="text", content="x") == Error(
        403, "not_allowed"
    )
    await bot.device.call("send", to=f"g:{bot.group}", kind="text", content="still here")


@anywhere
@pytest.mark.promise("json-77")
async def test_forbidden_growth_is_not_delivered(here: Server, cast: Cast, bot: Bot, alice: Device) -> None:
    await alice.text(f"u:{bot.userid}", "hello")
    await bot.device.event()
    await bot.device.call("grow", to=f"u:{cast.alice}", cid="a", content="x")
    await bot.device.call("grow", to=f"g:{bot.group}", cid="b", content="y")
    assert {event["answer"] for event in await alice.events(2)} == {"a", "b"}
    await put(here, cast.alice, f"blocks/{bot.userid}")
    assert (await ended(alice))["answer"] == "a"
    assert await refused_soon(bot, to=f"u:{cast.alice}", cid="a", content="z") == Error(403, "blocked")
    await remove(here, bot.group, bot.userid)
    while (await ended(alice))["answer"] != "b":
        """What was let through meanwhile ends too."""
    more = {"to": f"g:{bot.group}", "cid": "b", "content": "z"}
    assert await refused_soon(bot, **more) == Error(403, "not_allowed")
    assert await bot.device.refusal("grow", **more, more=True) == Error(403, "not_allowed")


@anywhere
@pytest.mark.promise("json-77")
async def test_growing_answers_are_limited_to_bots_and_in_number(cast: Cast, bot: Bot, alice: Device) -> None:
    place = f"g:{bot.group}"
    assert await alice.refusal("grow", to=place, cid="a", content="x") == Error(403, "not_allowed")
    assert await bot.device.refusal("grow", to=place, cid="a", content="x", more=True) == Error(
        409, "conflict"
    )
    for number in range(8):
        await bot.device.call("grow", to=place, cid=str(number), content="x")
    assert await bot.device.refusal("grow", to=place, cid="8", content="x") == Error(409, "conflict")
    long = "x" * bot.device.welcome["limits"]["text"]
    assert await bot.device.refusal("grow", to=place, cid="0", content=long, more=True) == Error(
        413, "too_long"
    )


@anywhere
@pytest.mark.promise("json-5")
async def test_bot_is_logged_out_when_its_maker_leaves(here: Server, cast: Cast, bot: Bot) -> None:
    await add(here, bot.group, cast.charlie)
    await call(here, "delmembers", groupid=bot.group, members=cast.alice)
    assert await bot.device.close_code() == 4401
    async with Device(here.entry) as again:
        assert await again.refusal("hello", token=bot.token) == Error(401, "log_in_first")


async def test_growing_answer_is_shown_and_ends_at_the_other_process(pair: Pair, cast: Cast) -> None:
    here, there = pair
    group = await make_group(here, cast.alice, cast.bob)
    created = await made(here, cast.alice, group)
    async with Device(here.entry, cast.bob) as bob:
        async with Device(there.entry, token=created["token"]) as bot:
            await bot.call("grow", to=f"g:{group}", cid="a", content="one ")
            await bot.call("grow", to=f"g:{group}", cid="a", content="two", more=True)
            assert await text_of(bob, "two") == "one two"
        # It comes back elsewhere, and goes on.
        async with Device(here.entry, token=created["token"]) as bot:
            await bot.call("grow", to=f"g:{group}", cid="a", content="one two three")
            assert await text_of(bob, "three") == " three"
            await bot.call("send", to=f"g:{group}", kind="text", content="one two three", cid="a")
        await ended(bob)
        assert (await bob.event())["content"] == "one two three"
