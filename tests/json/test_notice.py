"""`notice`: who joins a group and who leaves it, and what else of it changes."""

from typing import Any

import pytest

from testkit.device import Device
from testkit.server import Server
from tests.json.conftest import anywhere
from tests.support.calls import OK, add, call, remove
from tests.wire.conftest import Cast

pytestmark = anywhere


def notice_in(event: dict[str, Any], group: str) -> dict[str, Any]:
    """What a notice about the group says besides its place."""
    assert event["ev"] == "notice"
    assert event["conversation"] == f"g:{group}"
    assert event["id"] > 0
    assert event["time"] > 0
    return {key: event[key] for key in set(event) - {"ev", "conversation", "id", "time"}}


def left(*userids: str) -> dict[str, Any]:
    return {"joined": [], "left": list(userids)}


def joined(*userids: str) -> dict[str, Any]:
    return {"joined": list(userids), "left": []}


async def resumed(server: Server, userid: str, since: int) -> list[dict[str, Any]]:
    """What a device gets that has missed everything since that id."""
    async with Device(server.entry, userid, since=since) as device:
        return device.backlog


async def rename(server: Server, group: str, name: str) -> None:
    assert await call(server, "editgrp", groupid=group, name=name) == OK


@pytest.mark.promise("json-24")
async def test_members_get_notices_of_names_and_joins(
    group: str, here: Server, alice: Device, bob: Device, cast: Cast
) -> None:
    await rename(here, group, "new")
    await add(here, group, cast.charlie)
    for device in (alice, bob):
        assert [notice_in(event, group) for event in await device.events(2)] == [
            {"name": "new"},
            joined(cast.charlie),
        ]


async def test_new_member_gets_the_notice_and_nothing_before_it(
    group: str, here: Server, there: Server, charlie: Device, cast: Cast
) -> None:
    since = charlie.welcome["head"]
    await rename(here, group, "earlier")
    await add(here, group, cast.charlie)
    event = await charlie.event()
    assert notice_in(event, group) == joined(cast.charlie)
    assert await resumed(there, cast.charlie, since) == [event]


async def test_removed_member_receives_the_notice_and_nothing_after_it(
    group: str, here: Server, there: Server, alice: Device, bob: Device, cast: Cast
) -> None:
    since = bob.welcome["head"]
    await alice.text(f"g:{group}", "before")
    await remove(here, group, cast.bob)
    await alice.text(f"g:{group}", "after")
    await rename(here, group, "later")
    before, removed = await bob.events(2)
    assert before["content"] == "before"
    assert notice_in(removed, group) == left(cast.bob)
    assert await bob.receives_nothing()
    assert await resumed(there, cast.bob, since) == [before, removed]
    assert await resumed(there, cast.bob, removed["id"]) == []
    assert (await alice.event())["id"] == removed["id"]


async def test_dissolved_group_is_announced_to_members(
    group: str, here: Server, there: Server, alice: Device, bob: Device, charlie: Device, cast: Cast
) -> None:
    since = bob.welcome["head"]
    here.run_python(f"from groups.services import dissolve; dissolve({group}, by={cast.alice!r})")
    by = {"by": cast.alice}
    expected = [{"dissolved": True, **by}, {**left(cast.alice, cast.bob), **by}]
    for device in (alice, bob):
        assert [notice_in(event, group) for event in await device.events(2)] == expected
    assert [notice_in(event, group) for event in await resumed(there, cast.bob, since)] == expected
    assert await charlie.receives_nothing()
