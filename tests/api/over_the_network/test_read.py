"""`conversations/<id>/read`: how far a person has read."""

from testkit.device import Device
from testkit.server import Server
from tests.support.api import Remote

TEXT = {"kind": "text", "content": "hello"}
FAR = 10**12


async def say(sender: Remote, conversation: str) -> int:
    return int((await sender.post(f"conversations/{conversation}/messages", **TEXT)).said["id"])


async def test_a_mark_moves_up_to_the_last_message_and_never_falls(
    people: None, alice: Remote, bob: Remote
) -> None:
    first, last = [await say(bob, f"u:{alice.userid}") for _ in range(2)]
    path = f"conversations/u:{bob.userid}"
    for upto, said in (
        (first, {"upto": first, "unread": 1}),
        (FAR, {"upto": last, "unread": 0}),
        (0, {"upto": last, "unread": 0}),
    ):
        assert (await alice.put(f"{path}/read", upto=upto)).outcome == (200, said)
    seen = (await alice.at(bob.server).get(path)).said
    assert (seen["read"], seen["unread"]) == (last, 0)


async def test_it_is_heard_elsewhere(people: None, alice: Remote, bob: Remote, there: Server) -> None:
    last = await say(bob, f"u:{alice.userid}")
    async with Device(there.entry, alice.userid) as own, Device(there.entry, bob.userid) as other:
        await alice.put(f"conversations/u:{bob.userid}/read", upto=last)
        told = {"ev": "read", "user": alice.userid, "upto": last}
        assert await own.event() == {**told, "conversation": f"u:{bob.userid}"}
        assert await other.event() == {**told, "conversation": f"u:{alice.userid}"}


async def test_in_a_group_only_ones_own_devices_hear_it(
    group: str, alice: Remote, bob: Remote, there: Server
) -> None:
    last = await say(bob, f"g:{group}")
    async with Device(there.entry, alice.userid) as own, Device(there.entry, bob.userid) as other:
        await alice.put(f"conversations/g:{group}/read", upto=last)
        told = {"ev": "read", "conversation": f"g:{group}", "user": alice.userid, "upto": last}
        assert await own.event() == told
        assert await other.hears_nothing()
