"""How much may happen at once, and how much again after a while."""

import threading
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.limits.buckets import SHARERS, SLOTS, Buckets, Rate


class Clock:
    """A time that only the test lets pass."""

    def __init__(self) -> None:
        self.now = 1e6

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


Make = Callable[..., Buckets]


@pytest.fixture
def make(clock: Clock) -> Make:
    """Buckets on the test's clock."""
    return lambda text, **options: Buckets(Rate.parse(text), clock, **options)


def taken(buckets: Buckets, key: str, tries: int) -> int:
    """How many of so many tries succeed."""
    return [buckets.take(key) for _ in range(tries)].count(0)


def test_bucket_refills_over_time(make: Make, clock: Clock) -> None:
    buckets = make("3/60")
    assert taken(buckets, "alice", 3) == 3
    assert buckets.take("alice") == pytest.approx(20)
    clock.now += 20
    assert taken(buckets, "alice", 2) == 1
    clock.now += 1000
    assert taken(buckets, "alice", 5) == 3


def test_keys_have_separate_buckets(make: Make) -> None:
    buckets = make("1/60")
    assert not buckets.take("alice")
    assert buckets.take("alice")
    assert not buckets.take("bob")


def test_refused_take_costs_nothing(make: Make, clock: Clock) -> None:
    buckets = make("10/10")
    assert not buckets.take("alice", 8)
    for _ in range(100):
        assert buckets.take("alice", 3) == pytest.approx(1)
    clock.now += 1
    assert not buckets.take("alice", 3)


def test_full_burst_can_be_taken_at_once(make: Make) -> None:
    for text in ("7/60", "600/60", "5000/3600", "8000000/60"):
        assert not make(text).take("alice", Rate.parse(text).burst)


def test_large_charge_on_a_full_bucket_becomes_a_debt(make: Make, clock: Clock) -> None:
    buckets = make("10/10")
    assert not buckets.take("alice", 50)
    assert buckets.take("alice", 50) == pytest.approx(50)
    clock.now += 40
    assert buckets.take("alice") == pytest.approx(1)
    clock.now += 10
    assert not buckets.take("alice", 50)


def test_charge_adds_debt_and_refund(make: Make) -> None:
    buckets = make("10/10")
    buckets.charge("alice", 30)
    assert buckets.take("alice") == pytest.approx(21)
    buckets.charge("alice", -25)
    assert not buckets.take("alice", 5)
    buckets.charge("alice", -1000)
    assert taken(buckets, "alice", 20) == 10


def test_asking_a_bucket_takes_nothing(make: Make) -> None:
    buckets = make("2/10")
    assert not any(buckets.wait("alice", 2) for _ in range(10))
    buckets.take("alice", 2)
    assert buckets.wait("alice") == pytest.approx(5)


def test_bucket_learns_level_from_others(make: Make) -> None:
    buckets = make("10/10")
    buckets.set_full_in("alice", 12)
    assert buckets.wait("alice") == pytest.approx(3)
    buckets.set_full_in("alice", 2)
    assert taken(buckets, "alice", 20) == 8


@given(
    burst=st.integers(1, 50),
    seconds=st.integers(1, 100),
    steps=st.lists(st.tuples(st.floats(0, 30), st.floats(0.01, 1)), max_size=80),
)
def test_never_does_more_pass_than_a_bucket_and_what_comes_again(
    burst: int, seconds: int, steps: list[tuple[float, float]]
) -> None:
    """In any stretch of time. The second of each step is how large a part of the bucket is asked for."""
    clock = Clock()
    buckets = Buckets(Rate(burst, seconds), clock)
    passed: list[tuple[float, float]] = []
    for pause, part in steps:
        clock.now += pause
        if not buckets.take("alice", part * burst):
            passed.append((clock.now, part * burst))
    for begin in range(len(passed)):
        total = 0.0
        for now, cost in passed[begin:]:
            total += cost
            assert total <= burst + (now - passed[begin][0]) * burst / seconds + 1e-3


@given(burst=st.integers(1, 50), seconds=st.integers(1, 100), cost=st.floats(0.01, 100))
def test_waiting_as_advised_is_enough(burst: int, seconds: int, cost: float) -> None:
    clock = Clock()
    buckets = Buckets(Rate(burst, seconds), clock)
    while not (wait := buckets.take("alice", cost)):
        pass
    clock.now += wait * 0.99
    assert wait < 1e-3 or buckets.take("alice", cost)
    clock.now += wait * 0.01
    assert not buckets.take("alice", cost)


class TestForgetting:
    def test_full_buckets_are_forgotten(self, make: Make, clock: Clock) -> None:
        buckets = make("10/10")
        for number in range(10_000):
            buckets.take(f"stranger{number}")
            clock.now += 1
        assert len(buckets) < 1000

    def test_used_bucket_is_not_forgotten(self, make: Make, clock: Clock) -> None:
        buckets = make("10/10")
        buckets.take("alice", 10)
        for number in range(10_000):
            buckets.take(f"stranger{number}")
        assert buckets.take("alice")

    def test_number_of_buckets_is_bounded(self, make: Make) -> None:
        buckets = make("10/10", max_keys=2000)
        for number in range(20_000):
            buckets.take(f"stranger{number}")
        assert len(buckets) <= 2000 + SLOTS


class TestTooManyStrangers:
    """More keys than are kept, none of whose buckets is full."""

    @pytest.fixture
    def crowded(self, make: Make) -> Buckets:
        buckets = make("10/1000", max_keys=2000)
        buckets.take("alice", 4)
        for number in range(2000):
            buckets.take(f"stranger{number}")
        return buckets

    def test_existing_key_keeps_its_bucket_in_crowd(self, crowded: Buckets) -> None:
        assert taken(crowded, "alice", 20) == 6

    def test_new_key_is_admitted_in_crowd(self, crowded: Buckets) -> None:
        assert not crowded.take("bob")

    def test_invented_keys_share_bounded_burst(self, crowded: Buckets) -> None:
        passed = sum(taken(crowded, f"invented{number}", 5) for number in range(40_000))
        assert passed <= SLOTS * SHARERS * 10

    def test_crowd_is_forgotten_later(self, crowded: Buckets, clock: Clock) -> None:
        clock.now += 1001
        assert taken(crowded, "bob", 20) == 10
        assert len(crowded) == 1


def test_threads_do_not_get_more_together() -> None:
    buckets = Buckets(Rate(1000, 10**6))
    counts: list[int] = []
    threads = [
        threading.Thread(target=lambda: counts.append(taken(buckets, "alice", 2000))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(counts) == 1000


class TestRate:
    def test_a_rate_is_read_and_written_as_a_number_per_seconds(self) -> None:
        assert Rate.parse("600/60") == Rate(600, 60)
        assert str(Rate(600, 60)) == "600/60"
        assert Rate(600, 60).times(100) == Rate(60_000, 60)

    @given(st.text(max_size=8))
    def test_rate_parser_accepts_or_rejects_any_text(self, text: str) -> None:
        try:
            rate = Rate.parse(text)
        except ValueError:
            return
        assert rate.burst > 0
        assert rate.seconds > 0
