"""Buckets in a real Redis."""

import logging
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
import redis

from accounts.limits.buckets import Rate
from accounts.limits.outage import Outage
from accounts.limits.shared_buckets import ANSWER_SECONDS, AWAY_SECONDS, BucketAnswer, SharedBuckets
from testkit.availability import running
from testkit.services import Redis

pytestmark = pytest.mark.slow

RATE = Rate(10, 1000)
KEY = "ours.limits.alice"


class Clock:
    """Tells the buckets when they may try again."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def service() -> Iterator[Redis]:
    with running(Redis()) as service:
        yield service


@pytest.fixture
def client(service: Redis) -> Iterator["redis.Redis"]:
    with closing(redis.Redis.from_url(service.url, protocol=2)) as client:
        client.flushall()
        yield client


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def buckets(service: Redis, client: "redis.Redis", clock: Clock) -> Iterator[SharedBuckets]:
    with closing(SharedBuckets(service.url, lambda: "ours", clock, Outage())) as buckets:
        yield buckets


def take(buckets: SharedBuckets, cost: float = 1.0, rate: Rate = RATE) -> BucketAnswer:
    answer = buckets.take([("alice", cost, rate)])
    assert answer
    return answer


def test_shared_bucket_returns_wait(buckets: SharedBuckets) -> None:
    assert [take(buckets).wait for _ in range(10)] == [0] * 10
    refused = take(buckets)
    assert refused.wait == pytest.approx(100, abs=1)
    assert refused.refused == 0
    assert refused.full_in == [pytest.approx(1000, abs=1)]


def test_processes_share_redis_buckets(buckets: SharedBuckets, service: Redis) -> None:
    with closing(SharedBuckets(service.url, lambda: "ours")) as elsewhere:
        for _ in range(5):
            assert not take(buckets).wait
            assert not take(elsewhere).wait
        assert take(buckets).wait
        assert take(elsewhere).wait


def test_installations_do_not(buckets: SharedBuckets, service: Redis) -> None:
    take(buckets, 10)
    with closing(SharedBuckets(service.url, lambda: "theirs")) as neighbour:
        assert not take(neighbour, 10).wait


def test_shared_bucket_refills(buckets: SharedBuckets) -> None:
    fast = Rate(10, 1)
    take(buckets, 10, fast)
    time.sleep(take(buckets, 3, fast).wait)
    assert not take(buckets, 3, fast).wait


def test_a_full_bucket_takes_no_room(buckets: SharedBuckets, client: "redis.Redis") -> None:
    take(buckets, 3, Rate(100, 1))
    assert client.keys() == [KEY.encode()]
    time.sleep(0.05)
    assert client.keys() == []
    take(buckets, 3)
    buckets.charge([("alice", -3, RATE)])
    assert client.keys() == []


def test_shared_take_is_all_or_nothing(buckets: SharedBuckets) -> None:
    take(buckets, 8)
    answer = buckets.take([("bob", 5, RATE), ("alice", 5, RATE)])
    assert answer
    assert answer.wait == pytest.approx(300, abs=1)
    assert answer.refused == 1
    assert answer.full_in == [0, pytest.approx(800, abs=1)]


def test_shared_charge_adds_debt(buckets: SharedBuckets) -> None:
    buckets.charge([("alice", 15, RATE)])
    assert take(buckets).wait == pytest.approx(600, abs=1)


def test_large_charge_on_a_full_redis_bucket_becomes_a_debt(buckets: SharedBuckets) -> None:
    assert not take(buckets, 15).wait
    assert take(buckets, 15).wait == pytest.approx(1500, abs=1)


def test_no_debt_is_larger_than_two_buckets(buckets: SharedBuckets, client: "redis.Redis") -> None:
    buckets.charge([("alice", 2.0**60, RATE)])
    assert client.pttl(KEY) == pytest.approx(2_000_000, abs=1000)
    assert take(buckets, 50).wait == pytest.approx(2000, abs=1)


def test_a_clock_that_steps_back_shuts_out_for_two_buckets_at_most(
    buckets: SharedBuckets, client: "redis.Redis"
) -> None:
    # As if an hour had been added to the life of a key.
    take(buckets)
    client.pexpire(KEY, 3_600_000 + 100_000)
    assert take(buckets).wait == pytest.approx(1100, abs=1)
    assert client.pttl(KEY) == pytest.approx(2_000_000, abs=1000)


class TestANeighbour:
    """Somebody else writes into the same Redis."""

    @pytest.mark.parametrize(
        "spoil",
        [
            lambda client: client.set(KEY, "for ever"),
            lambda client: (client.delete(KEY), client.lpush(KEY, "no text")),
            lambda client: client.script_flush(),
            lambda client: client.flushall(),
        ],
    )
    def test_cannot_stop_the_counting(
        self, buckets: SharedBuckets, client: "redis.Redis", spoil: Callable[["redis.Redis"], object]
    ) -> None:
        take(buckets)
        spoil(client)
        assert not take(buckets, 9).wait
        assert take(buckets, 9).wait

    @pytest.mark.parametrize("milliseconds", [2**50, 2**62])
    def test_foreign_key_blocks_two_buckets_at_most(
        self, buckets: SharedBuckets, client: "redis.Redis", milliseconds: int
    ) -> None:
        client.set(KEY, "", px=milliseconds)
        assert take(buckets).wait == pytest.approx(1100, abs=1)
        assert buckets.charge([("alice", -20, RATE)])
        assert not take(buckets).wait


class TestAnAbsentRedis:
    @pytest.fixture
    def log_lines(self, caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
        caplog.set_level(logging.WARNING, "accounts")
        return lambda: [record.getMessage().partition(":")[0] for record in caplog.records]

    def test_outage_is_logged_once_with_its_end(
        self, buckets: SharedBuckets, service: Redis, clock: Clock, log_lines: Callable[[], list[str]]
    ) -> None:
        take(buckets)
        service.stop()
        for _ in range(5):
            assert buckets.take([("alice", 1, RATE)]) is None
            clock.now += AWAY_SECONDS
        assert [words[:13] for words in log_lines()] == ["Redis is away"]
        service.start()
        take(buckets)
        take(buckets)
        assert log_lines()[1:] == ["Redis is back."]

    def test_silent_redis_delays_briefly(self, buckets: SharedBuckets, service: Redis, clock: Clock) -> None:
        take(buckets)
        service.send_signal(signal.SIGSTOP)
        try:
            began = time.monotonic()
            for _ in range(20):
                assert buckets.take([("alice", 1, RATE)]) is None
            assert time.monotonic() - began < 3 * ANSWER_SECONDS
        finally:
            service.send_signal(signal.SIGCONT)
        clock.now += AWAY_SECONDS
        take(buckets)

    def test_unreachable_redis_returns_none(self) -> None:
        with closing(SharedBuckets("redis://127.0.0.1:1/0", lambda: "ours")) as nowhere:
            assert nowhere.take([("alice", 1, RATE)]) is None


def test_an_answer_of_a_wrong_length_is_none(buckets: SharedBuckets, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(vars(buckets), "_script", lambda keys, arguments: [0, 0])
    assert buckets.take([("alice", 1, RATE)]) is None


def test_a_database_that_is_away_is_no_error(service: Redis) -> None:
    def name() -> str:
        raise RuntimeError("the database is away")

    with closing(SharedBuckets(service.url, name)) as buckets:
        assert buckets.take([("alice", 1, RATE)]) is None
