"""Somebody leaves a group and comes back."""

import pytest

from testkit.device import Device
from testkit.server import Server
from tests.json.conftest import Cast, anywhere
from tests.support.calls import add, remove

pytestmark = anywhere


@pytest.mark.promise("json-22")
async def test_returning_member_gets_edits_and_new_member_does_not(
    here: Server, there: Server, cast: Cast, group: str, alice: Device, bob: Device, charlie: Device
) -> None:
    """Charlie has never been there."""
    target = await alice.text(f"g:{group}", "one")
    await _leave_and_return(here, group, cast.bob)
    await add(here, group, cast.charlie)
    await alice.call("edit", target=target, content="two")
    await alice.call("react", target=target, emoji="👍")
    await alice.text(f"g:{group}", "to all")

    events = await bob.events(7)
    assert [event["ev"] for event in events] == ["message", *["notice"] * 3, "edited", "reaction", "message"]
    assert {event.get("target") for event in events[4:6]} == {target}
    assert [event["ev"] for event in await charlie.events(2)] == ["notice", "message"]


@pytest.mark.promise("json-22")
async def test_resuming_member_gets_the_last_of_two_edits(
    here: Server, there: Server, cast: Cast, group: str, alice: Device, bob: Device
) -> None:
    """An edit before and one after: the last one comes."""
    target = await alice.text(f"g:{group}", "one")
    await bob.event()
    await bob.socket.close()
    await alice.call("edit", target=target, content="two")
    await _leave_and_return(here, group, cast.bob)
    last = await alice.call("edit", target=target, content="three")
    await alice.call("react", target=target, emoji="👍")

    async with Device(there.entry, cast.bob, since=target) as again:
        changes = [event for event in again.backlog if event["ev"] != "notice"]
    assert [(event["ev"], event["target"]) for event in changes] == [("edited", target), ("reaction", target)]
    assert (changes[0]["id"], changes[0]["content"]) == (last["id"], "three")


@pytest.mark.promise("json-22")
async def test_returning_member_gets_no_messages_from_the_absence(
    here: Server, there: Server, cast: Cast, group: str, alice: Device, bob: Device
) -> None:
    await remove(here, group, cast.bob)
    target = await alice.text(f"g:{group}", "among us")
    await add(here, group, cast.bob)
    await alice.call("edit", target=target, content="still among us")
    await alice.call("recall", target=target)

    live = await bob.events(3)
    async with Device(there.entry, cast.bob, since=target - 1) as again:
        assert again.backlog == live[1:]
    assert [event["ev"] for event in live] == ["notice", "notice", "recalled"]
    assert "among us" not in str(live)


async def _leave_and_return(here: Server, group: str, userid: str) -> None:
    await remove(here, group, userid)
    await add(here, group, userid)
