"""Whether the process stood still."""

import asyncio
import time

import pytest

from chat.delivery.stall_monitor import StallMonitor


class Hands:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_it_works() -> None:
    hands = Hands()
    stalls = StallMonitor(hands)
    assert stalls.count() == 0
    hands.now += 30
    assert stalls.count() == 1
    assert stalls.count() == 1, "the same one"
    hands.now += 30
    assert stalls.count() == 2


def test_a_little_late_is_none() -> None:
    hands = Hands()
    stalls = StallMonitor(hands)
    for _ in range(60):
        hands.now += 1.5
        assert stalls.count() == 0


@pytest.mark.slow
async def test_it_looks_by_itself() -> None:
    stalls = StallMonitor(asyncio.get_running_loop().time)
    looking = asyncio.create_task(stalls.run())
    await asyncio.sleep(2.5)
    assert stalls.count() == 0, "looked at all the time"
    time.sleep(2.5)  # noqa: ASYNC251
    await asyncio.sleep(0)
    assert stalls.count() == 1
    while sum(stalls.late_micros.counts) < 3:
        await asyncio.sleep(0)
    # One look was late by a second and a half or so, and both before it were not.
    assert 1_000_000 < stalls.late_micros.total < 60_000_000
    looking.cancel()
