"""`moderation/groups/<id>`: a group's settings, and what moderators do to it."""

from typing import Any

import pytest

from testkit.device import Device
from testkit.server import Server
from tests.api.over_the_network.shapes import ID, NO_SUCH_GROUP, REASON, TIME
from tests.support.api import Answer, Remote


@pytest.fixture
def path(group: str) -> str:
    return f"moderation/groups/{group}"


def at_the_desk(server: Server, id_: str, owner: str, **more: Any) -> dict[str, Any]:
    return {
        "id": id_,
        "name": "friends",
        "notice": "",
        "picture": f"{server.http}/static/im66/group.jpg",
        "creator": owner,
        "owners": [owner],
        "members": 2,
        "muted": False,
        "slow": 0,
        "keep_days": None,
        "dissolved": None,
        **more,
    }


async def act(moderator: Remote, path: str, action: str, **more: Any) -> Answer:
    answer = await moderator.post(path, action=action, reason=REASON, **more)
    assert answer.status == 200, answer
    return answer


async def test_a_group_is_muted_slowed_and_shown_so(
    path: str, group: str, desk: Remote, alice: Remote, there: Server
) -> None:
    done = await act(desk, path, "mute")
    assert done.outcome == (200, {"id": ID, "entry": ID})
    assert (await act(desk, path, "mute")).outcome == (200, {"id": None, "entry": ID})
    await act(desk, path, "slow", seconds=30)
    await act(desk, path, "keep", days=7)
    said = at_the_desk(there, group, alice.userid, muted=True, slow=30, keep_days=7)
    assert (await desk.at(there).get(path)).outcome == (200, said)


async def test_members_elsewhere_are_told(
    path: str, group: str, desk: Remote, alice: Remote, bob: Remote, charlie: Remote, there: Server
) -> None:
    roles = {alice.userid: "admin", bob.userid: "owner"}
    async with Device(there.entry, bob.userid) as device:
        for action, given, told in (
            ("mute", {}, {"muted": True}),
            ("unmute", {}, {"muted": False}),
            ("slow", {"seconds": 30}, {"slow": 30}),
            ("edit", {"name": "hikers", "notice": "x"}, {"name": "hikers", "notice": "x"}),
            ("add", {"userids": [charlie.userid]}, {"joined": [charlie.userid], "left": []}),
            ("remove", {"userids": [charlie.userid]}, {"joined": [], "left": [charlie.userid]}),
            ("handover", {"userid": bob.userid}, {"roles": roles}),
            ("dissolve", {}, {"dissolved": True}),
        ):
            done = await act(desk, path, action, **given)
            event = {"ev": "notice", "conversation": f"g:{group}", "time": TIME, **told}
            assert await device.event() == {**event, "id": done.said["id"]}, action


async def test_a_dissolved_one_is_seen_and_restored(
    path: str, group: str, desk: Remote, alice: Remote, bob: Remote, there: Server
) -> None:
    await act(desk, path, "dissolve")
    gone = at_the_desk(there, group, alice.userid, owners=[], members=0, dissolved=TIME)
    assert (await desk.at(there).get(path)).outcome == (200, gone)
    assert (await bob.get(f"groups/{group}")).outcome == NO_SUCH_GROUP
    async with Device(there.entry, bob.userid) as device:
        done = await act(desk, path, "restore")
        told = {"ev": "notice", "conversation": f"g:{group}", "time": TIME}
        joined = [alice.userid, bob.userid]
        assert await device.event() == {**told, "id": ID, "joined": joined, "left": []}
        assert await device.event() == {**told, "id": done.said["id"], "restored": True}
    known = at_the_desk(there, group, alice.userid)
    assert (await desk.at(there).get(path)).outcome == (200, known)
    assert (await bob.get(f"groups/{group}")).status == 200
