import asyncio
from typing import Any

import pytest

from chat.delivery.loop.heartbeats import MAX_PER_STEP, Heartbeats

SECONDS = 0.05


@pytest.fixture
async def heartbeats() -> Heartbeats:
    return Heartbeats(asyncio.get_running_loop(), lambda: SECONDS)


async def test_session_beats_until_it_is_removed(heartbeats: Heartbeats) -> None:
    beats: asyncio.Queue[str] = asyncio.Queue()

    def alice() -> None:
        beats.put_nowait("alice")

    def bob() -> None:
        beats.put_nowait("bob")

    heartbeats.add(alice)
    heartbeats.add(bob)
    async with asyncio.timeout(10):
        assert [await beats.get() for _ in range(4)] == ["alice", "bob", "alice", "bob"]
        heartbeats.remove(alice)
        heartbeats.remove(alice)
        assert {await beats.get() for _ in range(3)} == {"bob"}


async def test_first_heartbeat_comes_after_the_period(heartbeats: Heartbeats) -> None:
    beaten, began = asyncio.Event(), asyncio.get_running_loop().time()
    heartbeats.add(beaten.set)
    async with asyncio.timeout(10):
        await beaten.wait()
    assert asyncio.get_running_loop().time() - began >= SECONDS


async def test_all_of_many_sessions_beat(heartbeats: Heartbeats) -> None:
    events = [asyncio.Event() for _ in range(3 * MAX_PER_STEP)]
    for event in events:
        heartbeats.add(event.set)
    async with asyncio.timeout(10):
        await asyncio.gather(*(event.wait() for event in events))


async def test_failed_heartbeat_stops_no_other(heartbeats: Heartbeats) -> None:
    errors: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: errors.append(context["exception"]))
    beaten = asyncio.Event()

    def fail() -> None:
        raise ValueError

    heartbeats.add(fail)
    heartbeats.add(beaten.set)
    async with asyncio.timeout(10):
        await beaten.wait()
    heartbeats.remove(fail)
    assert errors
