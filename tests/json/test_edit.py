"""Who wrote a text gives it another content, for a while (test_in_time.py). Whoever comes later gets it as it
is then."""

import pytest

from testkit.device import Device
from testkit.phone import Phone, unpacked
from testkit.server import Server
from tests.json.conftest import Cast, anywhere

pytestmark = anywhere


@pytest.mark.promise("json-11")
async def test_edit_event_has_the_new_content(alice: Device, bob: Device, cast: Cast) -> None:
    target = await alice.text(f"u:{cast.bob}", "helo")
    edited = await alice.call("edit", target=target, content="hello")
    assert set(edited) == {"id"}
    assert edited["id"] > target
    assert (await bob.event())["content"] == "helo"
    event = await bob.event()
    assert isinstance(event.pop("time"), int)
    assert event == {
        "ev": "edited",
        "id": edited["id"],
        "conversation": f"u:{cast.alice}",
        "target": target,
        "from": cast.alice,
        "content": "hello",
    }
    assert await alice.receives_nothing()


@pytest.mark.promise("json-21")
async def test_edit_reaches_all_members_of_a_group(
    group: str, alice: Device, bob: Device, charlie: Device
) -> None:
    target = await alice.text(f"g:{group}", "helo")
    await alice.call("edit", target=target, content="hello")
    await bob.event()
    event = await bob.event()
    assert (event["ev"], event["conversation"], event["target"]) == ("edited", f"g:{group}", target)
    assert await charlie.receives_nothing()


@pytest.mark.promise("json-12")
async def test_repeated_edit_gets_the_first_answer(alice: Device, bob: Device, cast: Cast) -> None:
    target = await alice.text(f"u:{cast.bob}", "helo")
    edit = await alice.call("edit", target=target, content="hello")
    assert await alice.call("edit", target=target, content="hello") == edit
    assert [event["ev"] for event in await bob.events(2)] == ["message", "edited"]
    assert await bob.receives_nothing()


async def test_later_reader_gets_the_edited_text(there: Server, cast: Cast, alice: Device) -> None:
    target = await alice.text(f"u:{cast.bob}", "helo")
    await alice.call("edit", target=target, content="hello")
    async with Phone(there.entry, cast.bob) as phone:
        assert await phone.contents(1) == ["hello"]
        assert await phone.receives_nothing()
        await phone.send(f"records_{cast.alice}_0_unicast")
        (message,) = unpacked(await phone.receive())["messages"]
        assert message["content"] == "hello"
