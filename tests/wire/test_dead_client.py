"""A client that is gone without the network having told."""

import asyncio

from tests.conftest import MakeServer
from tests.support.phone import Phone

HEARTBEAT_SECONDS = 6.0


async def test_two_heartbeats_do_not_take_what_it_was_sent_for_delivered(make_server: MakeServer) -> None:
    server = make_server(IM66_HEARTBEAT_SECONDS=str(HEARTBEAT_SECONDS))
    async with Phone(server.entry, "alice") as alice:
        dead = Phone(server.entry)
        await dead.connect()
        await dead.log_in("bob")
        # It takes nothing in any more, not even the server's pings, and its socket stays open.
        dead.socket.transport.pause_reading()
        await alice.text("bob", "are you there?")
        await asyncio.sleep(2 * HEARTBEAT_SECONDS + 1)
        async with Phone(server.entry, "bob") as again:
            assert await again.contents(1) == ["are you there?"]
        dead.vanish()
