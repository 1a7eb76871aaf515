"""A connection that ends, and the next one."""

import asyncio

import pytest

from testkit.phone import Phone
from testkit.server import Server
from tests.wire.conftest import Cast

STREAM = [str(number) for number in range(1000)]


@pytest.fixture
def server(busy_server: Server) -> Server:
    """Somebody writes thousands of messages here."""
    return busy_server


async def _send_stream(alice: Phone, to: str) -> None:
    for content in STREAM:
        await alice.text(to, content)


@pytest.mark.promise("delivery-4")
async def test_reconnect_after_a_broken_stream_gets_messages_in_order(
    server: Server, alice: Phone, cast: Cast
) -> None:
    async with Phone(server.entry, cast.bob) as first:
        sending = asyncio.create_task(_send_stream(alice, cast.bob))
        contents = await first.contents(300)
        first.vanish()
    async with Phone(server.entry, cast.bob) as second:
        again = await second.contents_until(STREAM[-1])
        await sending
        assert await second.receives_nothing()
    assert contents == STREAM[:300]
    # From some message on that the first may have missed, everything, each once and in order.
    assert again == STREAM[STREAM.index(again[0]) :]
    assert int(again[0]) <= 300


@pytest.mark.promise("delivery-4")
async def test_repeated_broken_connections_lose_no_message(server: Server, alice: Phone, cast: Cast) -> None:
    sending = asyncio.create_task(_send_stream(alice, cast.bob))
    received: set[str] = set()
    for _ in range(10):
        async with Phone(server.entry) as phone:
            await phone.send(f"login_{cast.bob}")
            received.update(await phone.contents(20))
            phone.vanish()
    await sending
    async with Phone(server.entry, cast.bob) as last:
        received.update(await last.contents_until(STREAM[-1]))
    assert received == set(STREAM)


@pytest.mark.promise("delivery-3")
async def test_login_after_a_logout_repeats_no_messages(server: Server, alice: Phone, cast: Cast) -> None:
    async with Phone(server.entry, cast.bob) as bob:
        await alice.text(cast.bob, "heard")
        assert await bob.contents(1) == ["heard"]
        await bob.send(f"logout_{cast.bob}")
        await bob.log_in(cast.bob)
        assert await bob.receives_nothing()
