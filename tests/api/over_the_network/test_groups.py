"""`groups` and `groups/<id>`: making, seeing, changing and dissolving them."""

from testkit.device import Device
from testkit.server import Server
from tests.api.over_the_network.shapes import (
    ID,
    NO_SUCH_GROUP,
    NOTHING,
    TIME,
    error,
)
from tests.api.over_the_network.shapes import group as shape
from tests.support.api import Remote


async def test_a_group_is_made_shown_and_changed(
    people: None, alice: Remote, bob: Remote, there: Server
) -> None:
    async with Device(there.entry, bob.userid) as device:
        made = await alice.post("groups", name="friends", members=[bob.userid])
        id_ = made.said["id"]
        assert id_.isdecimal()
        assert made.outcome == (201, shape(alice.server, id_, alice.userid))
        assert (await bob.get(f"groups/{id_}")).outcome == (200, shape(there, id_, alice.userid))
        assert await device.event() == {
            "ev": "notice",
            "id": ID,
            "conversation": f"g:{id_}",
            "time": TIME,
            "joined": [alice.userid, bob.userid],
            "left": [],
            "by": alice.userid,
        }


async def test_members_change_the_name_and_the_notice(
    group: str, alice: Remote, bob: Remote, here: Server, there: Server
) -> None:
    async with Device(there.entry, bob.userid) as device:
        changed = await alice.patch(f"groups/{group}", name="hikers", notice="welcome")
        said = {"name": "hikers", "notice": "welcome"}
        assert changed.outcome == (200, shape(here, group, alice.userid, **said))
        assert (await bob.get(f"groups/{group}")).outcome == (200, shape(there, group, alice.userid, **said))
        event = await device.event()
        told = {"ev": "notice", "id": ID, "conversation": f"g:{group}", "time": TIME, "by": alice.userid}
        assert event == {**told, **said}


async def test_the_owner_dissolves_it(group: str, alice: Remote, bob: Remote, there: Server) -> None:
    refused = await bob.delete(f"groups/{group}")
    assert refused.outcome == error(403, "not_allowed", "Only owners of the group can do that.")
    async with Device(there.entry, bob.userid) as device:
        assert (await alice.delete(f"groups/{group}")).outcome == NOTHING
        told = {"ev": "notice", "id": ID, "conversation": f"g:{group}", "time": TIME, "by": alice.userid}
        assert await device.event() == {**told, "dissolved": True}
    for answer in (await bob.get(f"groups/{group}"), await alice.delete(f"groups/{group}")):
        assert answer.outcome == NO_SUCH_GROUP


async def test_too_many_at_once_are_counted_by_both_processes(
    people: None, alice: Remote, there: Server
) -> None:
    assert (await alice.post("groups", name="one")).status == 201
    assert (await alice.at(there).post("groups", name="two")).status == 201
    assert (await alice.post("groups", name="three")).status == 201
    answer = await alice.at(there).post("groups", name="four")
    assert answer.failed == (429, "too_fast")
    assert 0 < int(answer.headers["Retry-After"]) <= 1200
