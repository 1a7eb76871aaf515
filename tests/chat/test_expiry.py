"""A call at a second of the wall clock."""

import asyncio
import time

import pytest

from chat.delivery.connection import admission
from chat.delivery.connection.admission import Expiry

SECONDS = 5.0


class Calls:
    """Notes that it was called."""

    def __init__(self) -> None:
        self.made = 0
        self.first = asyncio.Event()

    def __call__(self) -> None:
        self.made += 1
        self.first.set()


async def test_a_call_is_made_once_at_its_second() -> None:
    set_, calls = Expiry(), Calls()
    second = time.time() + 0.05
    set_.set(second, calls)
    was_set = set_.is_set
    async with asyncio.timeout(SECONDS):
        await calls.first.wait()
    assert time.time() >= second
    assert (was_set, set_.is_set) == (True, False)
    await asyncio.sleep(0.05)
    assert calls.made == 1


async def test_a_second_that_has_passed_is_not_too_late() -> None:
    set_, calls = Expiry(), Calls()
    set_.set(time.time() - 60, calls)
    assert calls.made == 0
    async with asyncio.timeout(SECONDS):
        await calls.first.wait()


async def test_setting_it_again_forgets_the_first() -> None:
    set_, calls, others = Expiry(), Calls(), Calls()
    set_.set(time.time() + 0.02, calls)
    set_.set(time.time() + 0.04, others)
    async with asyncio.timeout(SECONDS):
        await others.first.wait()
    assert calls.made == 0


async def test_cancelled_expiry_is_not_called() -> None:
    set_, calls = Expiry(), Calls()
    set_.set(time.time() + 0.02, calls)
    set_.cancel()
    set_.cancel()
    assert not set_.is_set
    await asyncio.sleep(0.05)
    assert calls.made == 0


async def test_a_clock_that_is_set_forward_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, "CLOCK_SECONDS", 0.02)
    set_, calls = Expiry(), Calls()
    set_.set(time.time() + 3600, calls)
    now = time.time()
    await asyncio.sleep(0.05)
    assert calls.made == 0
    monkeypatch.setattr(time, "time", lambda: now + 3601)
    async with asyncio.timeout(SECONDS):
        await calls.first.wait()


async def test_a_second_ages_away_is_no_error() -> None:
    set_ = Expiry()
    set_.set(253_402_300_799, Calls())
    set_.cancel()
