"""`blocks` and `blocks/<userid>`: who is kept from writing to a person."""

from testkit.device import Device, Error
from testkit.server import Server
from tests.api.over_the_network.shapes import NOTHING, listed, person
from tests.support.api import Remote

BLOCKED = Error(403, "blocked")


async def test_somebody_who_is_blocked_cannot_write_until_unblocked(
    people: None, alice: Remote, bob: Remote, here: Server, there: Server
) -> None:
    path = f"blocks/{bob.userid}"
    text = {"to": f"u:{alice.userid}", "kind": "text", "content": "hello"}
    async with Device(there.entry, bob.userid) as device, Device(here.entry, alice.userid) as hers:
        for _ in range(2):
            assert (await alice.put(path)).outcome == NOTHING
            assert (await alice.at(there).get("blocks")).outcome == listed(person(there, bob.userid))
            assert await device.refusal("send", **text) == BLOCKED
        assert (await bob.get("blocks")).outcome == listed()
        for _ in range(2):
            assert (await alice.delete(path)).outcome == NOTHING
            assert (await alice.at(there).get("blocks")).outcome == listed()
        id_ = (await device.call("send", **text))["id"]
        assert (await hers.event())["id"] == id_


async def test_groups_stay_as_they_are(group: str, alice: Remote, bob: Remote) -> None:
    await alice.put(f"blocks/{bob.userid}")
    assert (await bob.post(f"conversations/g:{group}/messages", kind="text", content="x")).status == 201
