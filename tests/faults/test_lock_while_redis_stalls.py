"""Redis answers nothing, and closes no connection: whoever is muted or locked learns of it by polling."""

import asyncio
import signal

from testkit.phone import Phone
from tests.faults.conftest import Cluster
from tests.support.operator import Operator

DESK = "im66-desk"
# The poll, and what it may take besides.
SECONDS = 3.0


async def test_muted_or_banned_person_is_reached_by_polling(cluster: Cluster) -> None:
    here, there = cluster.servers
    operator = await Operator.of(here)
    async with (
        Phone(here.entry, "alice") as alice,
        Phone(there.entry, "bob") as bob,
        Phone(there.entry, "charlie") as charlie,
    ):
        await alice.text("bob", "by Redis")
        assert await bob.contents(1) == ["by Redis"]
        cluster.redis.send_signal(signal.SIGSTOP)
        try:
            await operator.act("mute", "charlie")
            await operator.act("lock", "bob")
            async with asyncio.timeout(SECONDS):
                assert (await bob.message()).sender == DESK
                assert await bob.receive() == "error_403_this account is locked"
                assert await bob.close_code() == 4403
            assert (await charlie.message()).sender == DESK
            await charlie.text("alice", "hello")
            assert await charlie.receive() == "error_403_you are muted"
        finally:
            cluster.redis.send_signal(signal.SIGCONT)
        await operator.act("unmute", "charlie")
        await asyncio.sleep(SECONDS)
        await charlie.text("alice", "hello again")
        assert await alice.contents(1) == ["hello again"]
