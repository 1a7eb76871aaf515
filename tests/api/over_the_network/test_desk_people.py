"""`moderation/users/<userid>`: where a person stands, and what moderators do about it."""

from typing import Any

import pytest

from testkit.device import Device, Error
from testkit.server import Server
from tests.api.over_the_network.shapes import (
    ID,
    LATER,
    REASON,
    error,
    person,
)
from tests.support.api import Answer, Remote


@pytest.fixture
def path(bob: Remote) -> str:
    return f"moderation/users/{bob.userid}"


def standing(server: Server, userid: str, **more: Any) -> dict[str, Any]:
    return {
        **person(server, userid),
        "muted": False,
        "muted_until": None,
        "banned": False,
        "banned_until": None,
        "reason": "",
        "muted_in": [],
        "strikes": 0,
        "reports_about": 0,
        "reports_by": 0,
        **more,
    }


async def act(moderator: Remote, path: str, action: str, **more: Any) -> Answer:
    answer = await moderator.post(path, action=action, reason=REASON, **more)
    assert answer.status == 200, answer
    return answer


async def test_a_person_is_muted_and_shown_so(path: str, desk: Remote, bob: Remote, there: Server) -> None:
    done = await act(desk, path, "mute", until=LATER)
    assert done.outcome == (200, {"id": ID, "entry": ID})
    said = standing(there, bob.userid, muted=True, muted_until=LATER, reason=REASON)
    assert (await desk.at(there).get(path)).outcome == (200, said)
    again = await act(desk.at(there), path, "mute", until=LATER)
    assert again.outcome == (200, {"id": None, "entry": ID})


async def test_a_mute_in_one_group(group: str, path: str, desk: Remote, bob: Remote, there: Server) -> None:
    async with Device(there.entry, bob.userid) as device:
        done = await act(desk, path, "mute", until=LATER, group=group)
        told = {"muted": True, "muted_until": LATER, "conversation": f"g:{group}", "reason": REASON}
        assert await device.event() == {"ev": "standing", "id": done.said["id"], **told}
        said = standing(there, bob.userid, muted_in=[{"group": group, "until": LATER}])
        assert (await desk.at(there).get(path)).said == said
        text = {"kind": "text", "content": "hello"}
        refused = await bob.post(f"conversations/g:{group}/messages", **text)
        assert refused.outcome == error(403, "muted", "You are muted.")
        done = await act(desk, path, "unmute", group=group)
        told = {"muted": False, "muted_until": 0, "conversation": f"g:{group}", "reason": REASON}
        assert await device.event() == {"ev": "standing", "id": done.said["id"], **told}
        assert (await bob.post(f"conversations/g:{group}/messages", **text)).status == 201


async def test_devices_elsewhere_are_told(path: str, desk: Remote, bob: Remote, there: Server) -> None:
    async with Device(there.entry, bob.userid) as device:
        for action, told in (
            ("warn", {"warned": True}),
            ("mute", {"muted": True, "muted_until": None}),
            ("unmute", {"muted": False, "muted_until": 0}),
        ):
            done = await act(desk, path, action)
            told = {"ev": "standing", "id": done.said["id"], **told, "reason": REASON}
            assert await device.event() == told


async def test_whoever_is_banned_is_turned_out_elsewhere(
    path: str, desk: Remote, alice: Remote, bob: Remote, here: Server, there: Server
) -> None:
    text = {"kind": "text", "content": "buy gold"}
    sent = await bob.post(f"conversations/u:{alice.userid}/messages", **text)
    recent = await desk.at(there).get(f"{path}/recent", hours=1)
    assert recent.outcome == (200, {"count": 1, "more": False})
    async with Device(there.entry, bob.userid) as device, Device(here.entry, alice.userid) as other:
        assert (await act(desk, path, "ban", recall_hours=1)).said["id"] is not None
        assert await device.refused(None) == Error(403, "banned")
        assert await device.close_code() == 4403
        recalled = await other.event()
        assert (recalled["ev"], recalled["target"], recalled["by"]) == (
            "recalled",
            sent.said["id"],
            "moderator",
        )
    assert (await bob.get("me")).outcome == error(403, "banned", REASON)
    said = standing(there, bob.userid, banned=True, reason=REASON)
    assert (await desk.at(there).get(path)).said == said
    await act(desk, path, "unban")
    assert (await bob.get("me")).status == 200
