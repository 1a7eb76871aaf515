"""`moderation/reports` and `moderation/reports/<id>`: the queue, and what comes of a report."""

from typing import Any

import pytest

from testkit.device import Device
from testkit.server import Server
from tests.api.over_the_network.shapes import (
    ID,
    MODERATOR,
    REASON,
    TIME,
)
from tests.support.api import Answer, Remote

DONE = (200, {"id": ID, "entry": ID})
# In the log is what was done, not who has taken something on.
NOT_IN_THE_LOG = (200, {"id": None, "entry": ID})


@pytest.fixture
async def message(group: str, bob: Remote) -> int:
    """That Bob has written to the group."""
    sent = await bob.post(f"conversations/g:{group}/messages", kind="text", content="buy gold")
    return int(sent.said["id"])


@pytest.fixture
async def report(message: int, alice: Remote, desk: Remote) -> int:
    """Of Alice, about that message."""
    assert (await alice.post("reports", message=message, category="spam", note="again")).status == 204
    return int((await one_about(desk, f"m:{message}"))["id"])


@pytest.fixture
def path(report: int) -> str:
    return f"moderation/reports/{report}"


async def one_about(desk: Remote, target: str, state: str = "open") -> Any:
    """The report in the queue, page by page."""
    query: dict[str, Any] = {"state": state}
    while True:
        page = (await desk.get("moderation/reports", **query)).said
        for one in page["items"]:
            if one["target"] == target:
                return one
        assert page["more"], f"nothing of {target}"
        query["after"] = page["items"][-1]["id"]


def shape(id_: int, message: int, group: str, about: str, **more: Any) -> dict[str, Any]:
    told = {"id": message, "from": about, "name": about, "kind": "text", "content": "buy gold", "time": TIME}
    return {
        "id": id_,
        "state": "open",
        "category": "spam",
        "target": f"m:{message}",
        "about": about,
        "strikes": 0,
        "count": 1,
        "oldest": TIME,
        "latest": TIME,
        "claimed_by": "",
        "outcome": "",
        "outcomes_done": [],
        "resolved_by": "",
        "resolved": None,
        "reason": "",
        "earlier": None,
        "snapshot": {
            "conversation": f"g:{group}",
            "messages": [{**told, "reported": True}],
            "title": "friends",
        },
        **more,
    }


async def test_a_report_is_in_the_queue_with_its_complaints(
    report: int, message: int, group: str, desk: Remote, alice: Remote, bob: Remote, there: Server
) -> None:
    known = shape(report, message, group, bob.userid)
    assert await one_about(desk.at(there), f"m:{message}") == known
    complaint = {"category": "spam", "note": "again", "time": TIME, "reporter": alice.userid}
    whole = await desk.at(there).get(f"moderation/reports/{report}")
    assert whole.outcome == (
        200,
        {
            **known,
            "complaints": [complaint],
            "others": [],
            "outcomes": ["dismiss", "recall", "warn", "mute", "ban"],
            "notes": [],
        },
    )


async def test_it_is_claimed_and_released(
    path: str, message: int, desk: Remote, backend: Remote, there: Server
) -> None:
    for moderator in (desk, desk.at(there)):
        assert (await moderator.post(path, action="claim")).outcome == NOT_IN_THE_LOG
    claimed = await one_about(desk.at(there), f"m:{message}", "claimed")
    assert (claimed["state"], claimed["claimed_by"]) == ("claimed", MODERATOR)
    slower = await backend.post(path, action="claim")
    assert slower.failed == (409, "conflict")
    assert (await desk.post(path, action="release")).outcome == NOT_IN_THE_LOG
    released = (await desk.at(there).get(path)).said
    assert (released["state"], released["claimed_by"]) == ("open", "")


async def resolve(desk: Remote, path: str, outcome: str, **more: Any) -> Answer:
    return await desk.post(path, action="resolve", outcome=outcome, reason=REASON, **more)


async def test_it_is_resolved_and_the_author_hears_it(
    path: str, report: int, message: int, group: str, desk: Remote, bob: Remote, there: Server
) -> None:
    async with Device(there.entry, bob.userid) as device:
        done = await resolve(desk, path, "recall")
        assert done.outcome == DONE
        assert await device.event() == {
            "ev": "recalled",
            "id": done.said["id"],
            "conversation": f"g:{group}",
            "target": message,
            "from": bob.userid,
            "time": TIME,
            "by": "moderator",
        }
    resolved: dict[str, Any] = {"state": "resolved", "outcome": "recall", "reason": REASON, "strikes": 1}
    resolved |= {"outcomes_done": ["recall"], "resolved_by": MODERATOR, "resolved": TIME}
    known = shape(report, message, group, bob.userid, **resolved)
    assert await one_about(desk.at(there), f"m:{message}", "resolved") == known
    again = await resolve(desk.at(there), path, "dismiss")
    assert again.failed == (409, "conflict")


async def test_nothing_comes_of_it(path: str, desk: Remote, bob: Remote, there: Server) -> None:
    async with Device(there.entry, bob.userid) as device:
        assert (await resolve(desk, path, "dismiss")).outcome == NOT_IN_THE_LOG
        assert await device.hears_nothing()
    said = (await desk.at(there).get(path)).said
    assert (said["state"], said["outcome"], said["strikes"]) == ("resolved", "dismiss", 0)
