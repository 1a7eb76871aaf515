"""Whether the process stood still."""

import asyncio
import time

import pytest

from chat.delivery.standstill import Standstills


class Hands:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_it_works() -> None:
    hands = Hands()
    standstills = Standstills(hands)
    assert standstills.count() == 0
    hands.now += 30
    assert standstills.count() == 1
    assert standstills.count() == 1, "the same one"
    hands.now += 30
    assert standstills.count() == 2


def test_a_little_late_is_none() -> None:
    hands = Hands()
    standstills = Standstills(hands)
    for _ in range(60):
        hands.now += 1.5
        assert standstills.count() == 0


@pytest.mark.slow
async def test_it_looks_by_itself() -> None:
    standstills = Standstills(asyncio.get_running_loop().time)
    looking = asyncio.create_task(standstills.run())
    await asyncio.sleep(2.5)
    assert standstills.count() == 0, "looked at all the time"
    time.sleep(2.5)  # noqa: ASYNC251
    await asyncio.sleep(0)
    assert standstills.count() == 1
    looking.cancel()
