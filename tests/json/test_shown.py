"""What became of a message, as pages of the API and its search give it afterwards: to everybody concerned, in
every process, and to nobody else."""

import asyncio
from typing import Any

import pytest

from testkit.device import Device
from testkit.server import Server
from tests.json.asking import get
from tests.json.conftest import Cast, anywhere
from tests.json.places import Place

pytestmark = anywhere


async def page(server: Server, userid: str, conversation: str) -> dict[int, dict[str, Any]]:
    """The messages of the conversation, by id."""
    items = (await get(server, userid, f"conversations/{conversation}/messages"))["items"]
    return {item["id"]: item for item in items if item["kind"] != "notice"}


async def found(server: Server, userid: str, words: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await get(server, userid, "messages/search", q=words))["items"]
    return items


async def finds(server: Server, userid: str, words: str) -> dict[str, Any]:
    """The one message that has these words, as soon as the index has it."""
    async with asyncio.timeout(20):
        while not (items := await found(server, userid, words)):
            await asyncio.sleep(0.05)
    (item,) = items
    return item


async def test_a_page_shows_a_message_as_its_event_did(
    place: Place, cast: Cast, alice: Device, bob: Device
) -> None:
    """What is written comes on pages as it comes as an event."""
    sent = await alice.call("send", to=f"u:{cast.bob}", kind="text", content="hello", cid="mine")
    heard = await bob.event()
    assert heard.pop("ev") == "message"
    for server in place:
        assert await page(server, cast.bob, f"u:{cast.alice}") == {
            sent["id"]: {**heard, "edited": None, "reactions": {}}
        }
        shown = (await page(server, cast.alice, f"u:{cast.bob}"))[sent["id"]]
        assert (shown["cid"], shown["conversation"]) == ("mine", f"u:{cast.bob}")


@pytest.mark.promise("json-32")
async def test_a_message_that_was_edited(place: Place, cast: Cast, alice: Device) -> None:
    first, last = f"first{cast.alice}", f"last{cast.alice}"
    target = await alice.text(f"u:{cast.bob}", first)
    await alice.call("edit", target=target, content="in between")
    edit = (await alice.call("edit", target=target, content=last))["id"]
    for server in place:
        for who, peer in ((cast.alice, cast.bob), (cast.bob, cast.alice)):
            shown = (await page(server, who, f"u:{peer}"))[target]
            assert (shown["content"], shown["edited"]) == (last, edit)
            hit = await finds(server, who, last)
            assert (hit["id"], hit["content"]) == (target, last)
            assert await found(server, who, first) == []
        assert await found(server, cast.charlie, last) == []


@pytest.mark.promise("json-32")
async def test_one_that_was_recalled(place: Place, cast: Cast, group: str, alice: Device) -> None:
    word = f"oops{cast.alice}"
    target = await alice.text(f"g:{group}", word)
    assert (await finds(place.there, cast.bob, word))["id"] == target
    await alice.call("recall", target=target)
    for server in place:
        shown = (await page(server, cast.bob, f"g:{group}"))[target]
        assert shown["recalled"] is True
        assert "content" not in shown
        assert "extension" not in shown
        assert await found(server, cast.bob, word) == []
        assert word not in str(await get(server, cast.bob, "conversations"))


@pytest.mark.promise("json-32")
async def test_reactions(place: Place, cast: Cast, group: str, alice: Device, bob: Device) -> None:
    target = await alice.text(f"g:{group}", "good news")
    await bob.event()
    for device, emoji in ((alice, "👍"), (bob, "👍"), (bob, "🎉"), (alice, "🎉")):
        await device.call("react", target=target, emoji=emoji)
    await alice.call("react", target=target, emoji="🎉", on=False)
    for server in place:
        shown = (await page(server, cast.bob, f"g:{group}"))[target]
        given = {emoji: set(userids) for emoji, userids in shown["reactions"].items()}
        assert given == {"👍": {cast.alice, cast.bob}, "🎉": {cast.bob}}


@pytest.mark.promise("json-32")
async def test_a_reply(place: Place, cast: Cast, alice: Device, bob: Device) -> None:
    word = f"answer{cast.alice}"
    question = await alice.text(f"u:{cast.bob}", "are you there?")
    answer = await bob.text(f"u:{cast.alice}", word, reply=question)
    await alice.call("recall", target=question)
    for server in place:
        shown = await page(server, cast.alice, f"u:{cast.bob}")
        assert (shown[answer]["reply"], shown[question].get("reply")) == (question, None)
        assert shown[question]["recalled"] is True
        assert (await finds(server, cast.alice, word))["reply"] == question
