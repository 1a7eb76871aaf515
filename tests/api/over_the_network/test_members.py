"""`groups/<id>/members` and `…/<userid>`: who is in a group, and what they are in it."""

from typing import Any

from testkit.device import Device
from testkit.server import Server
from tests.api.over_the_network.shapes import (
    ID,
    NO_SUCH_GROUP,
    NOTHING,
    TIME,
    error,
    listed,
    person,
)
from tests.support.api import Remote


def member(server: Server, userid: str, role: str = "member") -> dict[str, Any]:
    return {**person(server, userid), "role": role}


def notice(group: str, by: Remote, **what: Any) -> dict[str, Any]:
    return {"ev": "notice", "id": ID, "conversation": f"g:{group}", "time": TIME, "by": by.userid, **what}


async def test_members_are_added_and_told(
    group: str, alice: Remote, bob: Remote, charlie: Remote, here: Server, there: Server
) -> None:
    path = f"groups/{group}/members"
    both = [(alice.userid, "owner"), (bob.userid, "member")]
    assert (await bob.get(path)).outcome == listed(*(member(there, *one) for one in both))
    async with Device(there.entry, bob.userid) as old, Device(there.entry, charlie.userid) as new:
        added = await alice.post(path, userids=[charlie.userid, bob.userid])
        everybody = [*both, (charlie.userid, "member")]
        assert added.outcome == listed(*(member(here, *one) for one in everybody))
        for device in (old, new):
            assert await device.event() == notice(group, alice, joined=[charlie.userid], left=[])
    assert (await charlie.get(path)).outcome == listed(*(member(there, *one) for one in everybody))


async def test_the_owner_gives_a_role(group: str, alice: Remote, bob: Remote, there: Server) -> None:
    path = f"groups/{group}/members/{bob.userid}"
    refused = await bob.patch(path, role="admin")
    assert refused.outcome == error(403, "not_allowed", "Only owners of the group can do that.")
    async with Device(there.entry, bob.userid) as device:
        given = await alice.patch(path, role="admin")
        assert given.outcome == (200, member(alice.server, bob.userid, "admin"))
        assert await device.event() == notice(group, alice, roles={bob.userid: "admin"})
    assert (await bob.get(f"conversations/g:{group}")).said["role"] == "admin"


async def test_the_owner_removes_somebody(group: str, alice: Remote, bob: Remote, there: Server) -> None:
    async with Device(there.entry, bob.userid) as device:
        assert (await alice.delete(f"groups/{group}/members/{bob.userid}")).outcome == NOTHING
        assert await device.event() == notice(group, alice, joined=[], left=[bob.userid])
    assert (await bob.get(f"groups/{group}/members")).outcome == NO_SUCH_GROUP


async def test_somebody_leaves(group: str, alice: Remote, bob: Remote, here: Server) -> None:
    refused = await bob.delete(f"groups/{group}/members/{alice.userid}")
    assert refused.outcome == error(403, "not_allowed", "Only owners and admins of the group can do that.")
    async with Device(here.entry, alice.userid) as device:
        assert (await bob.delete(f"groups/{group}/members/{bob.userid}")).outcome == NOTHING
        assert await device.event() == notice(group, bob, joined=[], left=[bob.userid])
    left = await alice.get(f"groups/{group}/members")
    assert left.outcome == listed(member(here, alice.userid, "owner"))
