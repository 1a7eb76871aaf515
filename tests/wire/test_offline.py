"""Messages for somebody who is away."""

import asyncio

import pytest

from testkit.phone import Phone
from testkit.server import Server
from tests.wire.conftest import Cast


@pytest.fixture
def server(busy_server: Server) -> Server:
    """Somebody writes thousands of messages here."""
    return busy_server


@pytest.mark.promise("from-client-3")
async def test_offline_messages_arrive_in_order_at_the_next_login(
    server: Server, alice: Phone, cast: Cast
) -> None:
    await alice.text(cast.bob, "first")
    await alice.text(cast.bob, "second")
    await alice.settle()
    async with Phone(server.entry, cast.bob) as bob:
        assert await bob.contents(2) == ["first", "second"]


@pytest.mark.promise("routing-7")
@pytest.mark.slow
async def test_offline_messages_have_the_time_of_sending(server: Server, alice: Phone, cast: Cast) -> None:
    async with Phone(server.entry, cast.charlie) as charlie:
        await alice.text(cast.charlie, "now")
        await alice.text(cast.bob, "now")
        sent = (await charlie.message()).time
    await asyncio.sleep(1.1)
    async with Phone(server.entry, cast.bob) as bob:
        assert (await bob.message()).time in {sent, sent + 1}


@pytest.mark.promise("routing-7")
async def test_offline_messages_of_groups_and_people_are_in_one_order(
    server: Server, alice: Phone, cast: Cast, group: str
) -> None:
    for number in range(150):
        await alice.text(cast.bob, f"u{number}")
        await alice.group_text(group, f"g{number}")
    await alice.settle()
    async with Phone(server.entry, cast.bob) as bob:
        assert await bob.contents(300) == [f"{type_}{number}" for number in range(150) for type_ in "ug"]


async def test_long_backlog_and_concurrent_messages_arrive_in_order(
    server: Server, alice: Phone, cast: Cast
) -> None:
    for number in range(1500):
        await alice.text(cast.bob, str(number))
    async with Phone(server.entry) as bob:
        await bob.send(f"login_{cast.bob}")
        for number in range(1500, 3000):
            await alice.text(cast.bob, str(number))
        assert await bob.contents(3000) == [str(number) for number in range(3000)]
        assert await bob.receives_nothing()
