"""At the next login each person's phone gets what waited, once."""

import pytest

from testkit.phone import Phone
from testkit.server import Server
from tests.firstserver import command
from tests.firstserver.conftest import on_both_databases
from tests.firstserver.first_server import NOW, FirstServer, grouped, unicast
from tests.firstserver.playing import PEOPLE, lay_out, play
from tests.support.calls import call

pytestmark = pytest.mark.slow


async def frames(server: Server, userid: str, count: int) -> list[str]:
    """The first frames after a login, and no more come."""
    async with Phone(server.entry, userid) as phone:
        frames = [await phone.receive() for _ in range(count)]
        assert await phone.receives_nothing()
    return frames


@on_both_databases
async def test_imported_messages_arrive_once_at_the_next_login(first: FirstServer, new: Server) -> None:
    extension = "eyJzZW5kZXIiOiJBIn0=\nZXh0\n"
    waiting = [
        unicast("alice", "hello_there\n", NOW, extension),
        grouped("alice", "http://h/x-3.mp3", 12, NOW + 1, extension, "audio"),
        grouped("charlie", "bye", 12, NOW + 1),
    ]
    first.number_groups_from(90)
    first.group(12, "alice", ["alice", "bob"], "Friends")
    first.wait("bob", *waiting)
    first.wait("charlie", waiting[1])

    outcome = command.run(new, first.url)

    assert outcome == (
        0,
        "3 people, 1 groups, 2 memberships and 3 messages were imported.\nThe messages wait for 2 people.\n",
        "",
    )
    new.start()
    assert await frames(new, "bob", 3) == waiting
    assert await frames(new, "charlie", 1) == waiting[1:2]
    assert await frames(new, "alice", 0) == []
    for userid in ("alice", "bob", "charlie"):
        assert await frames(new, userid, 0) == []
    group = await call(new, "grpinfo", groupid="12")
    assert (group["data"]["name"], len(group["data"]["members"])) == ("Friends", 2)
    made = await call(new, "creategrp", creator="alice", members="bob", name="new")
    assert made["data"]["groupid"] == "90"


async def test_imported_people_can_continue_to_chat(first: FirstServer, new: Server) -> None:
    first.group(12, "alice", ["alice", "bob"])
    first.wait("bob", grouped("alice", "old", 12))
    command.run(new, first.url)
    new.start()
    async with Phone(new.entry, "alice") as alice:
        await alice.group_text("12", "new")
        await alice.settle()
        async with Phone(new.entry, "bob") as bob:
            assert await bob.contents(2) == ["old", "new"]
            await bob.group_text("12", "thanks")
            assert await alice.contents(1) == ["thanks"]


@pytest.mark.parametrize("seed", [100, pytest.param(101, marks=pytest.mark.wide)])
async def test_random_history_is_imported_completely(first: FirstServer, new: Server, seed: int) -> None:
    played = play(seed)
    lay_out(played, first)
    assert command.run(new, first.url).code == 0
    new.start()
    for userid in PEOPLE:
        waiting = [frame for frame, _ in played.waiting[userid]]
        assert sorted(await frames(new, userid, len(waiting))) == sorted(waiting)
    for userid in PEOPLE:
        assert await frames(new, userid, 0) == []
