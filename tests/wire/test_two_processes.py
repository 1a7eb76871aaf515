"""Two server processes on one PostgreSQL and one Redis are one server to their clients."""

import asyncio
from collections.abc import Iterator

import pytest

from testkit.phone import Phone
from testkit.server import Server
from tests.support.calls import add, make_group, remove
from tests.support.pair import BOTH, Pair, two_processes
from tests.support.postgres import database_of
from tests.wire.conftest import Cast

pytestmark = pytest.mark.slow

BLOCKED = "error_403_you are blocked"


@pytest.fixture(scope="module")
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    database = database_of(request, tmp_path_factory)
    with two_processes(tmp_path_factory, BOTH, database) as servers:
        yield servers


async def test_joins_and_removals_apply_at_both_processes(pair: Pair) -> None:
    here, there = pair
    group = await make_group(here, "alice4", "bob4")
    async with (
        Phone(here.entry, "alice4") as alice,
        Phone(there.entry, "bob4") as bob,
        Phone(there.entry, "charlie4") as charlie,
    ):
        await charlie.group_text(group, "let me in")
        assert await charlie.receive() == "error_403_you are not in this group"
        await add(here, group, "charlie4")
        await charlie.group_text(group, "thanks")
        assert (await alice.message()).content == "thanks"
        assert (await bob.message()).content == "thanks"
        await remove(here, group, "charlie4")
        await charlie.group_text(group, "once more")
        assert await charlie.receive() == "error_403_you are not in this group"
        await alice.group_text(group, "without you")
        assert (await bob.message()).content == "without you"
        assert await charlie.receives_nothing()


async def test_simultaneous_reconnects_get_each_missed_message(pair: Pair) -> None:
    here = pair[0]
    crowd = [f"crowd{number}" for number in range(60)]
    group = await make_group(here, "alice6", *crowd[::2])
    async with Phone(here.entry, "alice6") as alice:
        await alice.group_text(group, "to the group")
        for userid in crowd[::3]:
            await alice.text(userid, "to you")
        await alice.settle()

    async def come_back(number: int, userid: str) -> None:
        due = ["to the group"] * (number % 2 == 0) + ["to you"] * (number % 3 == 0)
        async with Phone(pair[number % 2].entry, userid) as phone:
            assert await phone.contents(len(due)) == due
            assert await phone.receives_nothing()

    await asyncio.gather(*(come_back(*one) for one in enumerate(crowd)))


async def change(server: Server, action: str, by: Phone, other: Phone) -> None:
    """Block or unblock somebody, in a process of its own."""
    call = f"from chat.services import blocks; blocks.{action}({by.userid!r}, {other.userid!r})"
    await asyncio.to_thread(server.run_python, call)


async def test_block_applies_at_the_other_process(pair: Pair, cast: Cast) -> None:
    here, there = pair
    async with (
        Phone(here.entry, cast.alice) as near,
        Phone(there.entry, cast.alice) as far,
        Phone(there.entry, cast.bob) as bob,
    ):
        for phone in (near, far):
            await phone.text(cast.bob, "hello")
            assert (await bob.message()).content == "hello"
        await change(here, "block", bob, near)
        for phone in (near, far):
            await phone.text(cast.bob, "too late")
            assert await phone.receive() == BLOCKED
        assert "too late" not in here.stored()
        await change(there, "unblock", bob, near)
        for phone in (near, far):
            await phone.text(cast.bob, "in time")
            assert (await bob.message()).content == "in time"
