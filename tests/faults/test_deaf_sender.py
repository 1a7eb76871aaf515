"""A client that goes on sending and reads no more: that it lives does not say what has reached it."""

import asyncio
from contextlib import suppress

from websockets.exceptions import ConnectionClosed

from chat.delivery.connection.connection import LONG_CHARACTERS
from testkit.phone import Phone
from testkit.server import Server
from tests.conftest import MakeServer
from tests.faults.vanishing import CONFIRMED_SECONDS, HEARTBEAT_SECONDS

# Far less than is sent, so that most of it waits at the server's end.
RECEIVE_BUFFER = 4096
UNREAD = [f"{number} {'x' * 1000}" for number in range(200)]
LONG = "y" * (LONG_CHARACTERS + 1)
# The kernel's own, which has room for all of this.
ROOMY_BUFFER = 0
SHORT = [str(number) for number in range(200)]


async def _send_on(bob: Phone) -> None:
    """Until two heartbeats have gone by, or the server has had enough of one that does not read."""
    with suppress(ConnectionClosed):
        for _ in range(2 * HEARTBEAT_SECONDS + 2):
            await bob.text("charlie", "still here")
            await asyncio.sleep(1)


async def _at_the_next_login(server: Server, alice: Phone, bob: Phone) -> list[str]:
    await alice.text(bob.userid, "the end")
    async with Phone(server.entry) as again:
        await again.send(f"login_{bob.userid}")
        return await again.contents_until("the end")


async def _goes_deaf(number: int, contents: list[str], receive_buffer: int, server: Server) -> list[str]:
    async with Phone(server.entry, f"alice{number}") as alice:
        bob = Phone(server.entry, receive_buffer=receive_buffer)
        await bob.connect()
        await bob.log_in(f"bob{number}")
        bob.socket.transport.pause_reading()
        for content in contents:
            await alice.text(bob.userid, content)
        await _send_on(bob)
        bob.vanish()
        return await _at_the_next_login(server, alice, bob)


async def _confirms_and_goes_deaf(server: Server) -> list[str]:
    async with Phone(server.entry, "alice2") as alice:
        bob = Phone(server.entry, receive_buffer=RECEIVE_BUFFER)
        await bob.connect()
        await bob.log_in("bob2")
        for number in range(20):
            await alice.text("bob2", f"read {number}")
        await bob.contents(20)
        await asyncio.sleep(CONFIRMED_SECONDS)
        bob.socket.transport.pause_reading()
        for content in UNREAD:
            await alice.text("bob2", content)
        await alice.settle()
        bob.vanish()
        return await _at_the_next_login(server, alice, bob)


async def test_unread_replies_do_not_hold_the_turn_of_long_texts(make_server: MakeServer) -> None:
    # The server does not have enough of one that does not read before the test is over.
    server = make_server(IM66_HEARTBEAT_SECONDS="3600")
    async with Phone(server.entry, "alice4") as alice, Phone(server.entry, "charlie4") as charlie:
        bob = Phone(server.entry, receive_buffer=RECEIVE_BUFFER)
        await bob.connect()
        await bob.log_in("bob4")
        bob.socket.transport.pause_reading()
        for _ in range(60):
            await alice.text("bob4", "x" * 8000)
        await alice.settle()
        await bob.send("x" * (LONG_CHARACTERS + 1))
        await asyncio.sleep(1)
        await alice.text("charlie4", LONG)
        assert (await charlie.message()).content == LONG
        bob.vanish()


async def test_messages_unread_by_a_stalled_sender_come_at_the_next_login(open_server: Server) -> None:
    received = await _goes_deaf(1, UNREAD, RECEIVE_BUFFER, open_server)
    assert received == [*UNREAD, "the end"]


async def test_bytes_in_the_clients_kernel_do_not_count_as_read(open_server: Server) -> None:
    """So nothing waits at the server's end, and only a pong is missing."""
    received = await _goes_deaf(3, SHORT, ROOMY_BUFFER, open_server)
    assert received == [*SHORT, "the end"]


async def test_messages_confirmed_by_a_stalled_sender_do_not_come_again(open_server: Server) -> None:
    """Its answer to a ping says that all before the ping has reached it."""
    assert await _confirms_and_goes_deaf(open_server) == [*UNREAD, "the end"]
