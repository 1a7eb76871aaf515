"""`conversations/<id>/messages`: sending, and pages."""

from testkit.device import Device
from testkit.server import Server
from tests.api.over_the_network.conftest import on_all_places
from tests.api.over_the_network.shapes import (
    EXTENSION,
    ID,
    REASON,
    TIME,
    listed,
    message,
)
from tests.support.api import Remote

pytestmark = on_all_places

TEXT = {"kind": "text", "content": "hello", "extension": EXTENSION}


async def test_a_message_is_sent_and_found(people: None, alice: Remote, bob: Remote) -> None:
    sent = await alice.post(f"conversations/u:{bob.userid}/messages", **TEXT, cid="m-1")
    assert sent.outcome == (201, {"id": ID, "time": TIME})
    told = sent.said["id"], f"u:{alice.userid}", alice.userid, "hello"
    heard = message(*told)
    assert (await bob.get(f"conversations/u:{alice.userid}/messages")).outcome == listed(heard)
    own = {**heard, "conversation": f"u:{bob.userid}", "cid": "m-1"}
    page = await alice.at(bob.server).get(f"conversations/u:{bob.userid}/messages")
    assert page.outcome == listed(own)


async def test_all_devices_hear_it_elsewhere(
    people: None, alice: Remote, bob: Remote, charlie: Remote, there: Server
) -> None:
    async with (
        Device(there.entry, alice.userid) as browser,
        Device(there.entry, bob.userid) as phone,
        Device(there.entry, charlie.userid) as other,
    ):
        sent = (await alice.post(f"conversations/u:{bob.userid}/messages", **TEXT, cid="m-1")).said
        event = {"ev": "message", **sent, "from": alice.userid, **TEXT}
        assert await phone.event() == {**event, "conversation": f"u:{alice.userid}"}
        assert await browser.event() == {**event, "conversation": f"u:{bob.userid}", "cid": "m-1"}
        assert await other.hears_nothing()


async def test_the_same_cid_again_is_the_same_message(
    people: None, alice: Remote, bob: Remote, there: Server
) -> None:
    path = f"conversations/u:{bob.userid}/messages"
    first = await alice.post(path, **TEXT, cid="m-1")
    again = await alice.at(there).post(path, **{**TEXT, "content": "something else"}, cid="m-1")
    assert (first.status, again.outcome) == (201, (200, first.said))
    assert len((await bob.get(f"conversations/u:{alice.userid}/messages")).said["items"]) == 1


async def test_a_reply_in_a_group(group: str, alice: Remote, bob: Remote) -> None:
    path = f"conversations/g:{group}/messages"
    first = (await alice.post(path, **TEXT)).said["id"]
    sent = await bob.post(path, **{**TEXT, "content": "hello yourself"}, reply=first)
    assert sent.outcome == (201, {"id": ID, "time": TIME})
    reply = message(sent.said["id"], f"g:{group}", bob.userid, "hello yourself", reply=first)
    assert (await alice.get(path)).said["items"][-1] == reply


async def test_what_became_of_messages(group: str, alice: Remote, bob: Remote, here: Server) -> None:
    path = f"conversations/g:{group}/messages"
    ids = [(await alice.post(path, **TEXT)).said["id"] for _ in range(3)]
    async with Device(here.entry, alice.userid) as device:
        edit = (await device.call("edit", target=ids[0], content="hello there"))["id"]
        await device.call("react", target=ids[1], emoji="👍")
        await device.call("recall", target=ids[2])
    name = f"g:{group}"
    edited = message(ids[0], name, alice.userid, "hello there", edited=edit)
    liked = message(ids[1], name, alice.userid, "hello", reactions={"👍": [alice.userid]})
    recalled = message(ids[2], name, alice.userid, "", recalled=True)
    del recalled["content"], recalled["extension"]
    assert (await bob.get(path)).outcome == listed(edited, liked, recalled)


async def test_with_what_happened_to_the_group(
    group: str, alice: Remote, bob: Remote, charlie: Remote
) -> None:
    await alice.patch(f"groups/{group}", notice="welcome")
    await alice.post(f"groups/{group}/members", userids=[charlie.userid])
    path = f"conversations/g:{group}/messages"
    told = {"kind": "notice", "id": ID, "conversation": f"g:{group}", "time": TIME, "by": alice.userid}
    assert (await bob.get(path, notices="true")).outcome == listed(
        {**told, "joined": [alice.userid, bob.userid], "left": []},
        {**told, "notice": "welcome"},
        {**told, "joined": [charlie.userid], "left": []},
    )
    assert (await bob.get(path)).outcome == listed()


async def test_in_a_slow_group_the_answer_says_when_to_come_back(
    group: str, desk: Remote, bob: Remote, here: Server
) -> None:
    slow = {"action": "slow", "seconds": 1000, "reason": REASON}
    assert (await desk.post(f"moderation/groups/{group}", **slow)).status == 200
    path = f"conversations/g:{group}/messages"
    assert (await bob.post(path, **TEXT)).status == 201
    answer = await bob.at(here).post(path, **TEXT)
    assert answer.failed == (429, "too_fast")
    assert 900 < int(answer.headers["Retry-After"]) <= 1000
