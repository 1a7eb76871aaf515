"""A crowd of connections is read in turns, and leaves the event loop to others between them."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from server.arrivals import MAX_SLICE_SECONDS, MAX_TURN_REQUESTS, TURN_SECONDS, Arrivals


class Loop:
    """A loop of which the test sets the time."""

    def __init__(self) -> None:
        self.now = 0.0
        self.planned: list[tuple[float, Callable[[], None]]] = []
        self.ready: list[Callable[[], None]] = []

    def time(self) -> float:
        return self.now

    def call_at(self, when: float, call: Callable[..., None], *arguments: Any) -> object:
        self.planned.append((when, partial(call, *arguments)))
        return object()

    def call_soon(self, call: Callable[[], None]) -> None:
        self.ready.append(call)

    def run_ready(self) -> None:
        ready, self.ready = self.ready, []
        for call in ready:
            call()

    def go_to(self, now: float) -> None:
        """What is due by then is called then."""
        self.now = now
        due = [call for when, call in self.planned if when <= now]
        self.planned = [(when, call) for when, call in self.planned if when > now]
        for call in due:
            call()


@pytest.fixture
def loop() -> Loop:
    return Loop()


@pytest.fixture
def read() -> list[int]:
    return []


@pytest.fixture
def arrivals(loop: Any) -> Arrivals:
    return Arrivals(loop, MAX_TURN_REQUESTS, catches_up=True)


def come(arrivals: Arrivals, read: list[int], number: int) -> None:
    for one in range(number):
        if arrivals.may_read():
            read.append(one)
        else:
            arrivals.wait("192.0.2.1", partial(read.append, one))


def test_few_connections_are_read_at_once(arrivals: Arrivals, read: list[int]) -> None:
    come(arrivals, read, MAX_TURN_REQUESTS)
    assert len(read) == MAX_TURN_REQUESTS


def test_waiting_connections_are_read_in_order_and_in_turns(
    arrivals: Arrivals, read: list[int], loop: Loop
) -> None:
    come(arrivals, read, 5 * MAX_TURN_REQUESTS)
    for turn in range(1, 6):
        assert read == list(range(turn * MAX_TURN_REQUESTS))
        loop.go_to(loop.now + TURN_SECONDS)
    assert not loop.planned, "it looks no more"
    come(arrivals, read, 1)
    assert len(read) == 5 * MAX_TURN_REQUESTS + 1


def test_late_turn_of_requests_is_larger(arrivals: Arrivals, read: list[int], loop: Loop) -> None:
    come(arrivals, read, 100)
    loop.go_to(4 * TURN_SECONDS)
    assert len(read) == pytest.approx(5 * MAX_TURN_REQUESTS, abs=1)


def test_long_turn_is_split_into_slices(arrivals: Arrivals, read: list[int], loop: Loop) -> None:
    def take_long(number: int) -> None:
        read.append(number)
        loop.now += 0.6 * MAX_SLICE_SECONDS

    for number in range(MAX_TURN_REQUESTS + 6):
        if not arrivals.may_read():
            arrivals.wait("192.0.2.1", partial(take_long, number))
    loop.go_to(TURN_SECONDS)
    assert len(read) == 2
    others = [len(read)]
    while loop.ready:
        loop.run_ready()
        others.append(len(read))
    assert others == [2, 4, 6]


async def test_crowd_leaves_turns_to_other_connections() -> None:
    loop = asyncio.get_running_loop()
    arrivals = Arrivals(loop, MAX_TURN_REQUESTS, catches_up=True)
    read: list[int] = []
    seen: list[int] = []
    come(arrivals, read, 3 * MAX_TURN_REQUESTS)
    while len(read) < 3 * MAX_TURN_REQUESTS:
        seen.append(len(read))
        await asyncio.sleep(0)
    assert MAX_TURN_REQUESTS in seen


@pytest.mark.parametrize(
    ("crowd", "other"), [(["192.0.2.1"], "192.0.2.2"), (["2001:db8::1", "2001:db8::2"], "2001:db8:0:1::1")]
)
def test_addresses_take_turns(
    arrivals: Arrivals, read: list[int], loop: Loop, crowd: list[str], other: str
) -> None:
    come(arrivals, read, MAX_TURN_REQUESTS)
    for _ in range(100):
        for address in crowd:
            arrivals.wait(address, partial(read.append, 0))
    arrivals.wait(other, partial(read.append, -1))
    loop.go_to(loop.now + TURN_SECONDS)
    assert read[MAX_TURN_REQUESTS : MAX_TURN_REQUESTS + 2] == [0, -1]


def test_new_address_comes_before_addresses_that_had_a_turn(
    arrivals: Arrivals, read: list[int], loop: Loop
) -> None:
    come(arrivals, read, MAX_TURN_REQUESTS)
    for crowd in range(2 * MAX_TURN_REQUESTS):
        for _ in range(10):
            arrivals.wait(f"192.0.2.{crowd}", partial(read.append, 0))
    for _ in range(3):
        loop.go_to(loop.now + TURN_SECONDS)
    arrivals.wait("198.51.100.1", partial(read.append, -1))
    loop.go_to(loop.now + TURN_SECONDS)
    assert read[4 * MAX_TURN_REQUESTS] == -1


def test_new_addresses_do_not_starve_known_ones(arrivals: Arrivals, read: list[int], loop: Loop) -> None:
    come(arrivals, read, MAX_TURN_REQUESTS)
    for number in range(10):
        arrivals.wait("198.51.100.1", partial(read.append, number))
    for turn in range(10):
        for new in range(2 * MAX_TURN_REQUESTS):
            arrivals.wait(f"192.0.2.{turn * 20 + new}", partial(read.append, -1))
        loop.go_to(loop.now + TURN_SECONDS)
    assert 9 in read


def test_excess_cost_is_deducted_from_later_turns(read: list[int], loop: Any) -> None:
    pieces = Arrivals(loop, 100, catches_up=False)
    assert pieces.may_read(250)
    for number in range(3):
        assert not pieces.may_read(50)
        pieces.wait("192.0.2.1", partial(read.append, number), 50)
    after: list[int] = []
    for _ in range(3):
        loop.go_to(loop.now + TURN_SECONDS)
        after.append(len(read))
    assert after == [0, 1, 3]


def test_excess_cost_is_paid_off_while_nothing_waits(read: list[int], loop: Any) -> None:
    pieces = Arrivals(loop, 100, catches_up=False)
    assert pieces.may_read(250)
    loop.go_to(TURN_SECONDS)
    assert not pieces.may_read(50)
    for turn in (2, 3):
        loop.go_to(turn * TURN_SECONDS)
    assert not loop.planned, "it looks no more"
    assert pieces.may_read(50)


def test_late_turn_of_large_pieces_is_not_larger(read: list[int], loop: Any) -> None:
    pieces = Arrivals(loop, 100, catches_up=False)
    assert pieces.may_read(100)
    for number in range(10):
        pieces.wait("192.0.2.1", partial(read.append, number), 50)
    loop.go_to(10 * TURN_SECONDS)
    assert len(read) == 2
