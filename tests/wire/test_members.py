"""Asking who is in a group."""

import pytest

from testkit.phone import Phone, unpacked
from testkit.server import Server
from tests.support.calls import add, make_group, remove
from tests.wire.conftest import Cast

FRAME = 128 * 1024


@pytest.mark.promise("members-1")
async def test_member_gets_the_members_of_the_group(
    server: Server, bob: Phone, cast: Cast, group: str
) -> None:
    await bob.send(f"members_{group}")
    reply = await bob.receive()
    assert reply.startswith(f"members_{group}_")
    picture = f"{server.http}/static/im66/avatar.png"
    assert unpacked(reply) == [
        {"userid": cast.alice, "nickname": cast.alice, "snap": picture, "role": "owner"},
        {"userid": cast.bob, "nickname": cast.bob, "snap": picture, "role": "member"},
    ]


@pytest.mark.promise("members-2")
async def test_outsider_gets_no_members_of_the_group(bob: Phone, charlie: Phone, group: str) -> None:
    await bob.send(f"members_{group}")
    assert unpacked(await bob.receive())
    await charlie.send(f"members_{group}")
    assert await charlie.receive() == "error_403_you are not in this group"


@pytest.mark.promise("error-13", "members-2")
async def test_members_of_an_unknown_group_are_an_error(alice: Phone) -> None:
    await alice.send("members_987654321")
    assert await alice.receive() == "error_404_no such group"


@pytest.mark.promise("members-3")
async def test_members_are_listed_in_pages(server: Server, alice: Phone, cast: Cast) -> None:
    many = [f"{cast.bob}-{number:03}-{'长' * 40}" for number in range(499)]
    group = await make_group(server, cast.alice, *many)
    results: list[str] = []
    question = f"members_{group}"
    for _ in range(4):
        await alice.send(question)
        reply = await alice.receive()
        assert len(reply) <= FRAME
        if not (page := [member["userid"] for member in unpacked(reply)]):
            break
        results += page
        question = f"members_{group}_{page[-1]}"
    assert not page
    assert results == [cast.alice, *many]


@pytest.mark.promise("members-4")
async def test_members_reply_resumes_after_a_removed_member(
    server: Server, alice: Phone, cast: Cast, group: str
) -> None:
    await add(server, group, cast.charlie)
    await remove(server, group, cast.bob)
    await alice.send(f"members_{group}_{cast.bob}")
    assert [member["userid"] for member in unpacked(await alice.receive())] == [cast.charlie]


@pytest.mark.promise("members-4")
async def test_members_after_an_unknown_person_is_an_error(alice: Phone, group: str) -> None:
    await alice.send(f"members_{group}_nobody")
    assert await alice.receive() == "error_404_no such member"
