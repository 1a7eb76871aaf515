"""Work in steps comes to the same at once and in turns, and calls are made in a thread."""

import asyncio
import threading
import time
from itertools import pairwise

import pytest

from accounts.limits.steps import Steps, finish, take_turns


def work(fails: bool = False) -> Steps[list[str]]:
    here = threading.current_thread().name
    yield None
    there = yield threading.current_thread
    yield None
    if fails:
        raise ValueError("failed")
    return ["same" if there.name == here else "other"]


def test_finish_runs_all_steps_in_the_same_thread() -> None:
    assert finish(work()) == ["same"]


async def test_take_turns_runs_calls_in_another_thread() -> None:
    assert await take_turns(work()) == ["other"]


async def test_event_loop_runs_between_steps() -> None:
    seen: list[int] = []

    def count(number: int) -> Steps[None]:
        for _ in range(3):
            seen.append(number)
            yield None

    await asyncio.gather(*(take_turns(count(number)) for number in (1, 2)))
    assert seen == [1, 2] * 3


async def test_long_step_is_followed_by_equal_rest() -> None:
    times: list[float] = []

    def work() -> Steps[None]:
        for _ in range(3):
            times.append(time.perf_counter())
            time.sleep(0.02)
            times.append(time.perf_counter())
            yield None

    await take_turns(work())
    rests = [after - before for before, after in pairwise(times)][1::2]
    assert len(rests) == 2
    assert min(rests) >= 0.02


async def test_failure_in_steps_is_raised() -> None:
    with pytest.raises(ValueError, match="failed"):
        finish(work(fails=True))
    with pytest.raises(ValueError, match="failed"):
        await take_turns(work(fails=True))
