"""`conversations/<id>/messages`: sending and reading, as others hear of it."""

from testkit.device import Device
from testkit.server import Server
from tests.api.over_the_network.conftest import on_all_places
from tests.api.over_the_network.shapes import EXTENSION, ID, TIME, listed, message
from tests.support.api import Remote

pytestmark = on_all_places

TEXT = {"kind": "text", "content": "hello", "extension": EXTENSION}


async def test_message_is_sent_searched_and_received_elsewhere(
    people: None, alice: Remote, bob: Remote, charlie: Remote, there: Server
) -> None:
    async with (
        Device(there.entry, alice.userid) as browser,
        Device(there.entry, bob.userid) as phone,
        Device(there.entry, charlie.userid) as other,
    ):
        sent = await alice.post(f"conversations/u:{bob.userid}/messages", **TEXT, cid="m-1")
        assert sent.outcome == (201, {"id": ID, "time": TIME})
        event = {"ev": "message", **sent.body, "from": alice.userid, **TEXT}
        assert await phone.event() == {**event, "conversation": f"u:{alice.userid}"}
        assert await browser.event() == {**event, "conversation": f"u:{bob.userid}", "cid": "m-1"}
        assert await other.receives_nothing()
    received = message(sent.body["id"], f"u:{alice.userid}", alice.userid, "hello")
    assert (await bob.get(f"conversations/u:{alice.userid}/messages")).outcome == listed(received)
    own = {**received, "conversation": f"u:{bob.userid}", "cid": "m-1"}
    page = await alice.at(bob.server).get(f"conversations/u:{bob.userid}/messages")
    assert page.outcome == listed(own)


async def test_repeated_cid_returns_the_same_message(
    people: None, alice: Remote, bob: Remote, there: Server
) -> None:
    path = f"conversations/u:{bob.userid}/messages"
    first = await alice.post(path, **TEXT, cid="m-1")
    again = await alice.at(there).post(path, **{**TEXT, "content": "something else"}, cid="m-1")
    assert (first.status, again.outcome) == (201, (200, first.body))
    assert len((await bob.get(f"conversations/u:{alice.userid}/messages")).body["items"]) == 1


async def test_read_mark_reaches_other_devices(
    people: None, alice: Remote, bob: Remote, there: Server
) -> None:
    last = (await bob.post(f"conversations/u:{alice.userid}/messages", **TEXT)).body["id"]
    async with Device(there.entry, alice.userid) as own, Device(there.entry, bob.userid) as other:
        await alice.put(f"conversations/u:{bob.userid}/read", upto=last)
        event = {"ev": "read", "user": alice.userid, "upto": last}
        assert await own.event() == {**event, "conversation": f"u:{bob.userid}"}
        assert await other.event() == {**event, "conversation": f"u:{alice.userid}"}
