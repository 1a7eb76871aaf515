"""`moderation/rules`, `moderation/rules/<id>` and `moderation/rules/try`: what happens to texts."""

import asyncio
from typing import Any

import pytest

from testkit.device import Device
from testkit.server import Server
from tests.api.over_the_network.rules import SECONDS, add_rule, until_tried
from tests.api.over_the_network.shapes import (
    ID,
    MODERATOR,
    NOT_THERE,
    NOTHING,
    REASON,
    TIME,
    error,
)
from tests.support.api import Remote


@pytest.fixture
def words(alice: Remote) -> str:
    """That no other test uses."""
    return f"{alice.userid} sells gold"


def rule(id_: int, pattern: str, **more: Any) -> dict[str, Any]:
    return {
        "id": id_,
        "pattern": pattern,
        "match": "literal",
        "effect": "block",
        "scope": "everywhere",
        "group": None,
        "note": "",
        "active": True,
        "hits": 0,
        "last_hit": None,
        "made_by": MODERATOR,
        "made": TIME,
        **more,
    }


async def test_a_rule_is_added_and_shown(words: str, desk: Remote, there: Server) -> None:
    added = await desk.post("moderation/rules", pattern=words, reason=REASON)
    assert added.outcome == (201, {"id": ID})
    id_ = added.said["id"]
    path, shape = f"moderation/rules/{id_}", rule(id_, words)
    assert (await desk.at(there).get(path)).outcome == (200, shape)
    assert (await desk.at(there).get("moderation/rules", limit=1)).said["items"] == [shape]
    again = await desk.at(there).post("moderation/rules", pattern=words, reason=REASON)
    assert again.outcome == (200, {"id": id_})
    changed = await desk.patch(path, effect="mask", note="adverts", active=False, reason=REASON)
    assert changed.outcome == (200, rule(id_, words, effect="mask", note="adverts", active=False))
    assert (await desk.delete(f"{path}?reason=because")).outcome == NOTHING
    assert (await desk.at(there).get(path)).outcome == NOT_THERE
    assert (await desk.delete(f"{path}?reason=because")).outcome == NOT_THERE


async def test_a_text_is_tried(words: str, group: str, desk: Remote, alice: Remote, there: Server) -> None:
    id_ = await add_rule(desk, there, words, "mask")
    tried = await desk.at(there).post("moderation/rules/try", text=f"Yes, {words}!", to=f"g:{group}")
    masked = f"Yes, {'*' * len(alice.userid)} ***** ****!"
    assert tried.outcome == (200, {"effect": "mask", "text": masked, "rules": [id_], "flags": []})
    fine = await desk.at(there).post("moderation/rules/try", text="fine")
    assert fine.outcome == (200, {"effect": None, "text": "fine", "rules": [], "flags": []})
    given = {"text": "fine", "pattern": "f.ne", "match": "re2", "effect": "block"}
    with_one = await desk.at(there).post("moderation/rules/try", **given)
    assert with_one.outcome == (200, {"effect": "block", "text": "fine", "rules": [0], "flags": []})


async def test_a_text_that_is_blocked(
    words: str, desk: Remote, alice: Remote, bob: Remote, there: Server
) -> None:
    id_ = await add_rule(desk, there, words, "block")
    path = f"conversations/u:{alice.userid}/messages"
    refused = await bob.post(path, kind="text", content=words)
    assert refused.outcome == error(403, "not_allowed", "this message is not allowed")
    await desk.delete(f"moderation/rules/{id_}?reason=because")
    await until_tried(desk.at(there), words, None)
    assert (await bob.post(path, kind="text", content=words)).status == 201


async def test_a_text_that_is_masked(
    words: str, desk: Remote, alice: Remote, bob: Remote, here: Server, there: Server
) -> None:
    await add_rule(desk, there, words, "mask")
    masked = f"{'*' * len(alice.userid)} ***** ****"
    async with Device(here.entry, alice.userid) as device:
        sent = await bob.post(f"conversations/u:{alice.userid}/messages", kind="text", content=words)
        assert sent.outcome == (201, {"id": ID, "time": TIME, "content": masked})
        assert (await device.event())["content"] == masked


async def test_a_text_that_is_flagged(
    words: str, desk: Remote, alice: Remote, bob: Remote, there: Server
) -> None:
    id_ = await add_rule(desk, there, words, "flag")
    sent = await bob.post(f"conversations/u:{alice.userid}/messages", kind="text", content=words)
    assert sent.outcome == (201, {"id": ID, "time": TIME})
    report = await reported(desk, f"m:{sent.said['id']}")
    (complaint,) = (await desk.at(there).get(f"moderation/reports/{report}")).said["complaints"]
    assert complaint == {"category": "other", "note": "", "time": TIME, "rule": id_}


async def reported(desk: Remote, target: str) -> int:
    """The id of the report of it, as soon as there is one."""
    async with asyncio.timeout(SECONDS):
        while True:
            reports = (await desk.get("moderation/reports", limit=100)).said["items"]
            for one in reports:
                if one["target"] == target:
                    return int(one["id"])
            await asyncio.sleep(0.1)
