"""A message replies to another one of the same conversation."""

from testkit.device import Device, Error
from testkit.phone import Phone
from testkit.server import Server
from tests.json.conftest import Cast, anywhere

pytestmark = anywhere

NOT_FOUND = Error(404, "not_found")


async def test_a_reply_names_what_it_answers(alice: Device, bob: Device, cast: Cast) -> None:
    question = await alice.text(f"u:{cast.bob}", "are you there?")
    assert "reply" not in await bob.event()
    await bob.text(f"u:{cast.alice}", "yes", reply=question)
    answer = await alice.event()
    assert (answer["content"], answer["reply"]) == ("yes", question)


async def test_in_a_group(group: str, alice: Device, bob: Device) -> None:
    question = await alice.text(f"g:{group}", "who is there?")
    await bob.event()
    await bob.text(f"g:{group}", "I am", reply=question)
    assert (await alice.event())["reply"] == question


async def test_to_one_of_ones_own(alice: Device, bob: Device, cast: Cast) -> None:
    first = await alice.text(f"u:{cast.bob}", "one")
    await alice.text(f"u:{cast.bob}", "two", reply=first)
    assert [event.get("reply") for event in await bob.events(2)] == [None, first]


async def test_to_a_message_of_another_conversation_is_refused(
    group: str, alice: Device, bob: Device, charlie: Device, cast: Cast
) -> None:
    elsewhere = await alice.text(f"g:{group}", "to the group")
    between = await alice.text(f"u:{cast.bob}", "between us")
    message = {"kind": "text", "content": "see above"}
    assert await alice.refusal("send", to=f"u:{cast.bob}", reply=elsewhere, **message) == NOT_FOUND
    assert await alice.refusal("send", to=f"g:{group}", reply=between, **message) == NOT_FOUND
    assert await charlie.refusal("send", to=f"u:{cast.alice}", reply=between, **message) == NOT_FOUND
    assert await alice.refusal("send", to=f"u:{cast.bob}", reply=10**15, **message) == NOT_FOUND
    assert await bob.call("send", to=f"u:{cast.alice}", reply=between, **message)


async def test_it_comes_with_the_backlog_too(there: Server, cast: Cast, alice: Device) -> None:
    first = await alice.text(f"u:{cast.bob}", "one")
    await alice.text(f"u:{cast.bob}", "two", reply=first)
    async with Device(there.entry, cast.bob, since=first) as bob:
        assert [event["reply"] for event in bob.backlog] == [first]


async def test_it_stays_a_reply_when_the_other_one_is_recalled(
    there: Server, cast: Cast, alice: Device
) -> None:
    first = await alice.text(f"u:{cast.bob}", "one")
    await alice.text(f"u:{cast.bob}", "two", reply=first)
    await alice.call("recall", target=first)
    async with Device(there.entry, cast.bob, since=first - 1) as bob:
        assert [(event["ev"], event.get("reply")) for event in bob.backlog] == [
            ("message", first),
            ("recalled", None),
        ]


async def test_the_shipped_apps_get_it_as_a_message(there: Server, cast: Cast, alice: Device) -> None:
    async with Phone(there.entry, cast.bob) as phone:
        first = await alice.text(f"u:{cast.bob}", "one")
        await alice.text(f"u:{cast.bob}", "two", reply=first)
        assert await phone.contents(2) == ["one", "two"]
