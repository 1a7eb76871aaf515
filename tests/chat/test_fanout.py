"""A crowd is woken in slices."""

import asyncio
from functools import partial

from chat.delivery.fanout import FanoutScheduler


class Woken:
    """Notes who was started, and in which step of the event loop."""

    def __init__(self, at_once: int) -> None:
        self.steps: dict[str, int] = {}
        self._step = 0
        self._fanout = FanoutScheduler(asyncio.get_running_loop(), at_once)

    def wake(self, *names: str) -> None:
        for name in names:
            self._fanout.schedule(partial(self._start, name))

    async def steps_on(self, count: int) -> None:
        for _ in range(count):
            self._step += 1
            await asyncio.sleep(0)

    def _start(self, name: str) -> None:
        assert name not in self.steps, f"{name} was started twice"
        self.steps[name] = self._step


async def test_a_crowd_is_woken_in_the_next_step() -> None:
    woken = Woken(at_once=2)
    woken.wake("alice", "bob")
    assert not woken.steps
    await woken.steps_on(1)
    assert woken.steps == {"alice": 1, "bob": 1}


async def test_those_who_are_too_many_follow_in_the_next_steps_in_their_order() -> None:
    woken = Woken(at_once=2)
    woken.wake(*"abcdefg")
    await woken.steps_on(5)
    assert woken.steps == {"a": 1, "b": 1, "c": 2, "d": 2, "e": 3, "f": 3, "g": 4}


async def test_who_is_woken_meanwhile_comes_after_them() -> None:
    woken = Woken(at_once=2)
    woken.wake(*"abc")
    await woken.steps_on(1)
    woken.wake("d", "e")
    await woken.steps_on(3)
    assert woken.steps == {"a": 1, "b": 1, "c": 2, "d": 2, "e": 3}


async def test_after_a_rest_it_begins_anew() -> None:
    woken = Woken(at_once=1)
    woken.wake("a", "b")
    await woken.steps_on(5)
    woken.wake("c")
    await woken.steps_on(1)
    assert woken.steps == {"a": 1, "b": 2, "c": 6}


async def test_it_is_drained_when_what_was_scheduled_before_has_started() -> None:
    woken = Woken(at_once=1)
    fanout = woken._fanout
    await fanout.drain()
    woken.wake("alice", "bob")
    draining = asyncio.create_task(fanout.drain())
    await woken.steps_on(1)
    woken.wake("charlie")
    assert not draining.done()
    await draining
    assert {"alice", "bob"} <= set(woken.steps)
