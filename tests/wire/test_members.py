"""Asking who is in a group."""

from testkit.phone import Phone, unpacked
from testkit.server import Server
from tests.wire.conftest import Cast


async def test_it_works(server: Server, bob: Phone, cast: Cast, group: str) -> None:
    await bob.send(f"members_{group}")
    reply = await bob.receive()
    assert reply.startswith(f"members_{group}_")
    picture = f"{server.http}/static/im66/avatar.png"
    assert unpacked(reply) == [
        {"userid": cast.alice, "nickname": cast.alice, "snap": picture, "role": "owner"},
        {"userid": cast.bob, "nickname": cast.bob, "snap": picture, "role": "member"},
    ]


async def test_an_outsider_is_not_told(bob: Phone, charlie: Phone, group: str) -> None:
    await bob.send(f"members_{group}")
    assert unpacked(await bob.receive())
    await charlie.send(f"members_{group}")
    assert await charlie.receive() == "error_403_you are not in this group"


async def test_an_unknown_group_is_an_error(alice: Phone) -> None:
    await alice.send("members_987654321")
    assert await alice.receive() == "error_404_no such group"
