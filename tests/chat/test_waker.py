"""Many are woken at once, and none of them keeps everybody else waiting."""

import asyncio
from functools import partial

from chat.waker import Waker


class Woken:
    """Notes who was started, and in which step of the event loop."""

    def __init__(self, at_once: int) -> None:
        self.steps: dict[str, int] = {}
        self.step = 0
        self._waker = Waker(asyncio.get_running_loop(), at_once)

    def wake(self, *names: str) -> None:
        for name in names:
            self._waker.wake(partial(self._start, name))

    async def steps_on(self, count: int) -> None:
        for _ in range(count):
            self.step += 1
            await asyncio.sleep(0)

    def _start(self, name: str) -> None:
        assert name not in self.steps, f"{name} was started twice"
        self.steps[name] = self.step


async def test_it_works() -> None:
    woken = Woken(at_once=2)
    woken.wake("alice", "bob")
    assert woken.steps == {"alice": 0, "bob": 0}


async def test_those_who_are_too_many_follow_in_the_next_steps_in_their_order() -> None:
    woken = Woken(at_once=2)
    woken.wake(*"abcdefg")
    await woken.steps_on(4)
    assert woken.steps == {"a": 0, "b": 0, "c": 1, "d": 1, "e": 2, "f": 2, "g": 3}


async def test_who_is_woken_later_need_not_wait_for_a_crowd() -> None:
    woken = Woken(at_once=2)
    woken.wake(*map(str, range(100)))
    await woken.steps_on(3)
    woken.wake("alice")
    assert woken.steps["alice"] == 3
    await woken.steps_on(60)
    assert len(woken.steps) == 101


async def test_a_crowd_has_its_share_whoever_is_woken_meanwhile() -> None:
    woken = Woken(at_once=1)
    woken.wake("a", "b", "c")
    for number in range(3):
        await woken.steps_on(1)
        woken.wake(str(number))
    assert (woken.steps["b"], woken.steps["c"]) == (1, 2)


async def test_after_a_rest_it_starts_at_once_again() -> None:
    woken = Woken(at_once=1)
    woken.wake("a", "b")
    await woken.steps_on(5)
    woken.wake("c")
    assert woken.steps == {"a": 0, "b": 1, "c": 5}
