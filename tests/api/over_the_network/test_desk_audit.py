"""`moderation/audit` and `moderation/audit/<id>`: what was done at the desk, and undoing it."""

from typing import Any

from testkit.device import Device
from testkit.server import Server
from tests.api.over_the_network.shapes import (
    ID,
    MODERATOR,
    REASON,
    TIME,
    error,
    listed,
)
from tests.support.api import Remote


async def act(desk: Remote, person: Remote, action: str) -> Any:
    given = {"action": action, "reason": REASON}
    return (await desk.post(f"moderation/users/{person.userid}", **given)).said


def entry(done: Any, action: str, target: Remote) -> dict[str, Any]:
    return {
        "id": done["entry"],
        "time": TIME,
        "actor": MODERATOR,
        "acted_for": None,
        "action": action,
        "target": f"u:{target.userid}",
        "reason": REASON,
        "address": "127.0.0.1",
        "log": done["id"],
    }


async def test_what_was_done_is_listed_and_can_be_undone(desk: Remote, bob: Remote, there: Server) -> None:
    warned, muted = await act(desk, bob, "warn"), await act(desk, bob, "mute")
    both = [entry(muted, "person.mute", bob), entry(warned, "person.warn", bob)]
    target = f"u:{bob.userid}"
    assert (await desk.at(there).get("moderation/audit", target=target)).outcome == listed(*both)
    first = await desk.at(there).get("moderation/audit", target=target, limit=1)
    assert first.outcome == listed(both[0], more=True)
    rest = await desk.at(there).get("moderation/audit", target=target, before=muted["entry"])
    assert rest.outcome == listed(both[1])
    only = await desk.at(there).get("moderation/audit", target=target, action="person.warn")
    assert only.outcome == listed(both[1])
    nobody = await desk.at(there).get("moderation/audit", target=target, actor="nobody")
    assert nobody.outcome == listed()


async def test_an_action_is_undone_once(desk: Remote, bob: Remote, there: Server) -> None:
    muted = await act(desk, bob, "mute")
    path = f"moderation/audit/{muted['entry']}"
    async with Device(there.entry, bob.userid) as device:
        undone = await desk.post(path, action="undo", reason=REASON)
        assert undone.outcome == (200, {"id": ID, "entry": ID})
        told = {"muted": False, "muted_until": 0, "reason": REASON}
        assert await device.event() == {"ev": "standing", "id": undone.said["id"], **told}
    assert "muted" not in (await bob.get("me")).said
    again = await desk.at(there).post(path, action="undo", reason=REASON)
    assert again.outcome == error(409, "conflict", "This is undone already.")
