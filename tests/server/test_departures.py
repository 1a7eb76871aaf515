"""What is sent in a step of the event loop leaves at its end."""

import asyncio
from functools import partial

from server.departures import departures_here


class Leaving:
    """Notes when it is flushed. `then` comes to leave in that moment."""

    def __init__(self, name: str, left: list[str], then: "Leaving | None" = None) -> None:
        self._name = name
        self._left = left
        self._then = then

    def flush(self) -> None:
        self._left.append(self._name)
        if self._then:
            departures_here().add(self._then)


async def test_all_leave_in_order_at_the_end_of_the_step() -> None:
    left: list[str] = []
    for name in ("alice", "bob"):
        departures_here().add(Leaving(name, left))
    asyncio.get_running_loop().call_soon(partial(left.append, "the next step"))
    assert left == []
    await asyncio.sleep(0)
    assert left == ["alice", "bob", "the next step"]


async def test_who_comes_meanwhile_leaves_at_the_end_of_the_next() -> None:
    left: list[str] = []
    departures_here().add(Leaving("alice", left, then=Leaving("bob", left)))
    await asyncio.sleep(0)
    assert left == ["alice"]
    await asyncio.sleep(0)
    assert left == ["alice", "bob"]


async def test_a_loop_has_one_end_of_each_step() -> None:
    assert departures_here() is departures_here()
