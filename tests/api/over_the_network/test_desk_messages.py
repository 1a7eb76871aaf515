"""`moderation/messages/<id>`: a message in its context, and what moderators do to it."""

from typing import Any

import pytest

from testkit.device import Device
from testkit.server import Server
from tests.api.over_the_network.rules import add_rule
from tests.api.over_the_network.shapes import EXTENSION, ID, REASON, TIME, invalid, listed
from tests.support.api import Answer, Remote


async def say(sender: Remote, conversation: str, content: str) -> int:
    given = {"kind": "text", "content": content, "extension": EXTENSION}
    return int((await sender.post(f"conversations/{conversation}/messages", **given)).said["id"])


@pytest.fixture
async def message(group: str, alice: Remote) -> int:
    """Of Alice to the group."""
    return await say(alice, f"g:{group}", "buy gold")


def at_the_desk(id_: int, sender: str, to: str, content: str, **more: Any) -> dict[str, Any]:
    return {
        "id": id_,
        "from": sender,
        "to": to,
        "kind": "text",
        "content": content,
        "extension": EXTENSION,
        "time": TIME,
        "edited": False,
        **more,
    }


async def act(moderator: Remote, message: int, action: str) -> Answer:
    answer = await moderator.post(f"moderation/messages/{message}", action=action, reason=REASON)
    assert answer.outcome == (200, {"id": ID, "entry": ID})
    return answer


async def test_a_message_is_shown_in_its_context_and_recalled(
    message: int, group: str, desk: Remote, alice: Remote, bob: Remote, there: Server
) -> None:
    other = await say(bob, f"g:{group}", "no")
    await act(desk, message, "recall")
    told = at_the_desk(message, alice.userid, f"g:{group}", "buy gold", recalled="moderator")
    context = listed(told, at_the_desk(other, bob.userid, f"g:{group}", "no"))
    assert (await desk.at(there).get(f"moderation/messages/{message}")).outcome == context
    shown = (await bob.get(f"conversations/g:{group}/messages")).said["items"][0]
    assert shown == {
        "id": message,
        "conversation": f"g:{group}",
        "from": alice.userid,
        "kind": "text",
        "time": TIME,
        "edited": None,
        "reactions": {},
        "recalled": True,
        "by": "moderator",
    }


async def test_devices_elsewhere_are_told(
    message: int, group: str, desk: Remote, alice: Remote, bob: Remote, there: Server
) -> None:
    about = {"conversation": f"g:{group}", "target": message, "from": alice.userid, "by": "moderator"}
    async with Device(there.entry, bob.userid) as device:
        for action, event, more in (
            ("recall", "recalled", {}),
            (
                "restore",
                "restored",
                {"kind": "text", "content": "buy gold", "extension": EXTENSION, "sent": TIME},
            ),
            ("erase", "recalled", {}),
        ):
            done = await act(desk, message, action)
            told = {"ev": event, "id": done.said["id"], "time": TIME, **about, **more}
            assert await device.event() == told
    (only,) = (await desk.at(there).get(f"moderation/messages/{message}")).said["items"]
    assert (only["content"], only["recalled"]) == ("", "erased")


async def test_what_is_private_is_read_for_a_reason(
    people: None, desk: Remote, alice: Remote, bob: Remote, backend: Remote
) -> None:
    private = await say(alice, f"u:{bob.userid}", "hello")
    path = f"moderation/messages/{private}"
    assert (await desk.get(path)).outcome == invalid("reason", "Give a reason.")
    known = listed(at_the_desk(private, alice.userid, f"u:{bob.userid}", "hello"))
    assert (await desk.get(path, reason=REASON)).outcome == known
    assert (await backend.get(path, reason=REASON)).failed == (403, "not_allowed")


async def test_one_that_a_rule_holds_is_released_or_discarded(
    people: None, desk: Remote, alice: Remote, bob: Remote, there: Server
) -> None:
    text = f"{alice.userid} sells"
    await add_rule(desk, there, text, "hold")
    held = [await say(alice, f"u:{bob.userid}", text) for _ in range(2)]
    assert (await bob.get(f"conversations/u:{alice.userid}/messages")).outcome == listed()
    async with Device(there.entry, bob.userid) as device:
        done = await act(desk, held[0], "release")
        event = await device.event()
        assert (event["ev"], event["id"], event["content"]) == ("message", done.said["id"], text)
        discarded = await desk.post(f"moderation/messages/{held[1]}", action="discard", reason=REASON)
        assert discarded.outcome == (200, {"id": None, "entry": ID})
        assert await device.hears_nothing()
    page = (await bob.get(f"conversations/u:{alice.userid}/messages")).said["items"]
    assert [one["id"] for one in page] == [done.said["id"]]
