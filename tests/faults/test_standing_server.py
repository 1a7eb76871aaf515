"""The server process stands still for a while, as on a virtual machine that is paused, and a client is gone
before it goes on."""

import asyncio
import signal

from testkit.phone import Phone
from tests.conftest import MakeServer
from tests.faults.vanishing import HEARTBEAT, HEARTBEAT_SECONDS, listening

# Longer than from one heartbeat to the next, and than any ping waits.
STANDING_SECONDS = 5.0


async def test_heartbeats_after_a_server_pause_confirm_nothing(
    make_server: MakeServer,
) -> None:
    server = make_server(**HEARTBEAT)
    async with Phone(server.entry, "alice") as alice, Phone(server.entry, "charlie") as charlie:

        async def tell(content: str) -> None:
            for userid in ("bob", "charlie"):
                await alice.text(userid, content)

        async with listening(server.entry) as bob:
            # Shortly before a heartbeat, so that it goes out, and the next one comes due meanwhile.
            await asyncio.sleep(HEARTBEAT_SECONDS - 1)
            bob.send_signal(signal.SIGSTOP)
            await tell("before")
            await asyncio.sleep(2)
            server.signal(signal.SIGSTOP)
            await tell("meanwhile")
            await asyncio.sleep(STANDING_SECONDS)
            server.signal(signal.SIGCONT)
            assert await charlie.contents(2) == ["before", "meanwhile"]
            await charlie.heartbeat()
            await tell("after")
            assert await charlie.contents(1) == ["after"]
            await asyncio.sleep(HEARTBEAT_SECONDS)
        async with Phone(server.entry, "bob") as again:
            assert await again.contents(3) == ["before", "meanwhile", "after"]
