"""One person logs in many times at once, in two processes, while others write."""

import asyncio

from testkit.phone import Phone
from tests.faults.conftest import Cluster
from tests.support.calls import add, make_group

LOGINS = 12
MESSAGES = 300


async def _listen(entry: str) -> list[str]:
    async with Phone(entry) as phone:
        await phone.send("login_bob")
        return await phone.contents_until("end")


async def test_concurrent_logins_each_get_every_message_once_in_order(pair: Cluster) -> None:
    here, there = pair.servers
    group = await make_group(here, "alice", "bob")
    async with Phone(here.entry, "alice") as alice:
        logging_in = [
            asyncio.create_task(_listen((here, there)[number % 2].entry)) for number in range(LOGINS)
        ]
        for number in range(MESSAGES):
            await alice.text("bob", f"u{number}")
            await alice.group_text(group, f"g{number}")
            if number % 20 == 0:
                await asyncio.sleep(0.01)
        await alice.text("bob", "end")
        expected = [f"{kind}{number}" for number in range(MESSAGES) for kind in "ug"] + ["end"]
        for result in await asyncio.gather(*logging_in):
            assert result == expected


async def test_join_during_a_login_misses_no_later_message(pair: Cluster) -> None:
    """Over and over: a login and a join race, and what is written after both must come."""
    here, there = pair.servers
    group = await make_group(here, "alice2")
    async with Phone(here.entry, "alice2") as alice:
        for number in range(15):
            newcomer = f"newcomer{number}"
            async with Phone(there.entry) as phone:
                await phone.send(f"login_{newcomer}")
                await add(here, group, newcomer)
                await alice.group_text(group, f"welcome {newcomer}")
                assert await phone.contents(1) == [f"welcome {newcomer}"]
