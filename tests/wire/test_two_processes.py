"""Two server processes on one PostgreSQL and one Redis are one server to their clients."""

import asyncio
from collections.abc import Iterator

import pytest

from testkit.phone import Phone
from tests.support.calls import add, make_group, remove
from tests.support.pair import Pair, two_processes

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with two_processes(tmp_path_factory) as servers:
        yield servers


async def test_a_message_crosses(pair: Pair) -> None:
    here, there = pair
    async with Phone(here.entry, "alice1") as alice, Phone(there.entry, "bob1") as bob:
        await alice.text("bob1", "across")
        assert (await bob.message()).content == "across"
        await bob.text("alice1", "and back")
        assert (await alice.message()).content == "and back"


@pytest.mark.promise("routing-5")
async def test_all_hear_a_group_in_one_order(pair: Pair) -> None:
    here, there = pair
    group = await make_group(here, "alice2", "bob2", "carol2", "dora2")
    async with (
        Phone(here.entry, "alice2") as alice,
        Phone(there.entry, "bob2") as bob,
        Phone(here.entry, "carol2") as carol,
        Phone(there.entry, "dora2") as dora,
    ):
        for number in range(100):
            await alice.group_text(group, f"a{number}")
            await bob.group_text(group, f"b{number}")
        heard = await carol.contents(200)
        assert await dora.contents(200) == heard
    assert sorted(heard) == sorted(f"{who}{number}" for number in range(100) for who in "ab")


async def test_joins_and_kicks_hold_in_both(pair: Pair) -> None:
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
        assert await charlie.hears_nothing()


async def test_when_all_come_back_at_once_each_gets_what_was_missed(pair: Pair) -> None:
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
            assert await phone.hears_nothing()

    await asyncio.gather(*(come_back(*one) for one in enumerate(crowd)))
