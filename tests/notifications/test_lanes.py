"""Healthy hosts never wait for others, and nobody takes more than a share of the places."""

import pytest

from notifications.sending import lanes as module
from notifications.sending.lanes import (
    CROWDED_SECONDS,
    FAST_PLACES,
    LATE_PLACES,
    MAX_FAILED_PEOPLE,
    MAX_FAST_ATTEMPTS,
    MAX_LANES,
    MAX_NETWORK_ATTEMPTS,
    MAX_PEOPLE,
    MAX_PERSON_ATTEMPTS,
    MAX_PROBES,
    MAX_SITE_ATTEMPTS,
    PROMPT_SECONDS,
    QUICK_SECONDS,
    SLOW_PLACES,
    Attempt,
    AttemptEnd,
    Crowded,
    Lanes,
)

HOST, REST_SECONDS = "push.example", 10.0


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def lanes(clock: Clock) -> Lanes:
    return Lanes(clock, lambda failures: failures * REST_SECONDS)


def begin(lanes: Lanes, lane: str, person: str) -> Attempt:
    attempt = lanes.start(lane, person)
    assert attempt
    return attempt


def play(lanes: Lanes, lane: str, person: str, end: AttemptEnd) -> bool:
    return lanes.end(begin(lanes, lane, person), end)


def fill_slow(lanes: Lanes, number: int = SLOW_PLACES) -> list[Attempt]:
    """Attempts to as many new hosts, each of somebody else."""
    return [begin(lanes, f"host.example{one}", f"person {one}") for one in range(number)]


def test_host_is_healthy_after_prompt_answer(lanes: Lanes) -> None:
    assert not begin(lanes, HOST, "alice").is_fast
    assert play(lanes, "another.example", "bob", AttemptEnd.ANSWERED)
    assert begin(lanes, "another.example", "bob").is_fast


def test_new_hosts_take_no_fast_places(lanes: Lanes) -> None:
    lanes.mark_known_hosts([(HOST, 1)])
    fill_slow(lanes)
    assert not lanes.start("one.more.example", "charlie")
    assert lanes.healthy()[HOST] > 0
    assert begin(lanes, HOST, "alice").is_fast


def test_late_answer_does_not_make_host_healthy(lanes: Lanes, clock: Clock) -> None:
    attempt = begin(lanes, HOST, "alice")
    clock.now += PROMPT_SECONDS
    assert not lanes.end(attempt, AttemptEnd.ANSWERED)
    assert not begin(lanes, HOST, "alice").is_fast


def test_failing_lane_backs_off_longer_each_time(lanes: Lanes, clock: Clock) -> None:
    for failures in (1, 2, 3):
        play(lanes, HOST, "alice", AttemptEnd.FAILED)
        clock.now += failures * REST_SECONDS - 0.1
        assert not lanes.start(HOST, "alice")
        clock.now += 0.2
        assert lanes.may_try(HOST)
    play(lanes, HOST, "alice", AttemptEnd.ANSWERED)
    assert begin(lanes, HOST, "alice").is_fast


def test_simultaneous_failures_count_once_for_a_host(lanes: Lanes, clock: Clock) -> None:
    lanes.mark_known_hosts([(HOST, 1)])
    attempts = [begin(lanes, HOST, person) for person in ("alice", "bob", "charlie")]
    for attempt in attempts:
        clock.now += 1.0
        lanes.end(attempt, AttemptEnd.FAILED)
    clock.now += REST_SECONDS - 2.0
    assert lanes.may_try(HOST)


def test_failing_person_does_not_slow_healthy_host(lanes: Lanes) -> None:
    lanes.mark_known_hosts([(HOST, 1000)])
    for _ in range(10):
        assert play(lanes, HOST, "mallory", AttemptEnd.FAILED)
    assert begin(lanes, HOST, "alice").is_fast
    assert not begin(lanes, f"{HOST} mallory", "mallory").is_fast


def test_host_fails_after_failures_for_several_people(lanes: Lanes, clock: Clock) -> None:
    lanes.mark_known_hosts([(HOST, 1000)])
    ends = [play(lanes, HOST, f"person {one}", AttemptEnd.FAILED) for one in range(MAX_FAILED_PEOPLE)]
    assert ends == [True] * (MAX_FAILED_PEOPLE - 1) + [False]
    assert not lanes.start(HOST, "alice")
    clock.now += REST_SECONDS
    assert begin(lanes, HOST, "alice").is_probe


def test_answer_between_failures_keeps_host_healthy(lanes: Lanes) -> None:
    lanes.mark_known_hosts([(HOST, 1000)])
    for one in range(3 * MAX_FAILED_PEOPLE):
        assert play(lanes, HOST, f"person {one}", AttemptEnd.FAILED)
        play(lanes, HOST, "alice", AttemptEnd.ANSWERED)


def test_lane_limit_grows_with_answers_and_shrinks_with_failures(lanes: Lanes) -> None:
    lanes.mark_known_hosts([(HOST, 1000)])
    for _ in range(100):
        play(lanes, HOST, "alice", AttemptEnd.ANSWERED)
    assert lanes.healthy()[HOST] == MAX_FAST_ATTEMPTS
    play(lanes, HOST, "mallory", AttemptEnd.FAILED)
    assert lanes.healthy()[HOST] == MAX_FAST_ATTEMPTS / 2


def test_attempts_per_person_are_limited(lanes: Lanes) -> None:
    hosts = [f"push{one}.example" for one in range(10)]
    lanes.mark_known_hosts([(host, 1) for host in hosts])
    begun = [lanes.start(host, "mallory") for host in hosts]
    assert sum(one is not None for one in begun) == MAX_PERSON_ATTEMPTS
    assert lanes.full_people() == ["mallory"]
    assert begin(lanes, hosts[-1], "alice").is_fast
    for attempt in filter(None, begun):
        lanes.end(attempt, AttemptEnd.FAILED)
    assert begin(lanes, hosts[-1], "mallory")
    assert not lanes.start(hosts[-2], "mallory")


def test_person_has_one_slow_delivery_at_a_time(lanes: Lanes) -> None:
    begin(lanes, HOST, "mallory")
    assert not lanes.start("another.example2", "mallory")
    assert lanes.slow_people() == ["mallory"]


def test_fast_and_slow_places_are_limited(lanes: Lanes) -> None:
    lanes.mark_known_hosts([(f"push{one}.example", 1000) for one in range(100)])
    begun = [lanes.start(f"push{one}.example", f"person {one}") for one in range(100)]
    assert sum(one is not None for one in begun) == FAST_PLACES
    assert lanes.free_healthy == LATE_PLACES
    fill_slow(lanes)
    assert lanes.free_slow == 0


def test_long_attempt_leaves_its_fast_place(lanes: Lanes, clock: Clock) -> None:
    """Two hosts that take their time cannot hold all of them."""
    hosts = ("push1.example", "push2.example2")
    lanes.mark_known_hosts([(host, 1000) for host in (*hosts, HOST)])
    for number in range(2 * FAST_PLACES):
        play(lanes, hosts[number % 2], "mallory", AttemptEnd.ANSWERED)
    begun = [lanes.start(hosts[number % 2], f"person {number}") for number in range(100)]
    assert sum(one is not None for one in begun) == FAST_PLACES
    assert not lanes.start(HOST, "alice")
    clock.now += QUICK_SECONDS
    assert list(lanes.healthy()) == [HOST]
    assert begin(lanes, HOST, "alice")


def test_slow_healthy_hosts_use_late_places(lanes: Lanes, clock: Clock) -> None:
    hosts = [f"push{one}.example" for one in range(2 * LATE_PLACES)]
    lanes.mark_known_hosts([(host, 1000) for host in (*hosts, HOST)])
    for host in hosts:
        attempt = begin(lanes, host, "mallory")
        clock.now += PROMPT_SECONDS - 0.1
        lanes.end(attempt, AttemptEnd.ANSWERED)
    begun = [lanes.start(host, f"person {host}") for host in hosts]
    assert sum(one is not None for one in begun) == LATE_PLACES
    assert all(one.is_late for one in begun if one)
    assert list(lanes.healthy()) == [HOST]
    assert not begin(lanes, HOST, "alice").is_late


def test_fastest_hosts_come_first(lanes: Lanes, clock: Clock) -> None:
    lanes.mark_known_hosts([("later.example", 1000), (HOST, 1000)])
    attempt = begin(lanes, "later.example", "alice")
    clock.now += PROMPT_SECONDS - 0.1
    lanes.end(attempt, AttemptEnd.ANSWERED)
    assert list(lanes.healthy()) == [HOST, "later.example"]
    for _ in range(10):
        play(lanes, "later.example", "alice", AttemptEnd.ANSWERED)
    assert not begin(lanes, "later.example", "alice").is_late, "it answers at once again"


def test_hosts_of_one_domain_share_slow_places(lanes: Lanes) -> None:
    begun = [lanes.start(f"name{one}.attack.co.uk:8443", f"person {one}") for one in range(100)]
    assert sum(one is not None for one in begun) == MAX_SITE_ATTEMPTS
    assert begin(lanes, "push.other.co.uk", "alice")


def test_hosts_in_one_network_share_slow_places(lanes: Lanes) -> None:
    attempts = fill_slow(lanes, MAX_NETWORK_ATTEMPTS + 1)
    for number, attempt in enumerate(attempts[:-1]):
        lanes.connect(attempt, f"8.8.8.{number}")
    with pytest.raises(Crowded):
        lanes.connect(attempts[-1], "8.8.8.200")
    lanes.end(attempts[-1], AttemptEnd.CROWDED)
    assert lanes.failures_of(attempts[-1].person) == 0
    assert not lanes.start(attempts[-1].lane, attempts[-1].person)


def test_crowded_lane_is_retried_when_slot_is_free(lanes: Lanes, clock: Clock) -> None:
    *others, last = fill_slow(lanes, MAX_NETWORK_ATTEMPTS + 1)
    for attempt in others:
        lanes.connect(attempt, "2606:4700::1")
    with pytest.raises(Crowded):
        lanes.connect(last, "2606:4700:0:1::1")
    lanes.end(last, AttemptEnd.CROWDED)
    clock.now += CROWDED_SECONDS
    assert not lanes.may_try(last.lane)
    lanes.end(others[0], AttemptEnd.FAILED)
    assert lanes.may_try(last.lane)


def test_failing_lanes_leave_slots_to_new_hosts(lanes: Lanes, clock: Clock) -> None:
    for attempt in fill_slow(lanes):
        lanes.end(attempt, AttemptEnd.FAILED)
    clock.now += REST_SECONDS
    begun = [lanes.start(f"host.example{one}", f"person {one}") for one in range(SLOW_PLACES)]
    assert sum(one is not None for one in begun) == MAX_PROBES
    assert begin(lanes, HOST, "alice")


def test_failed_deliveries_are_counted_by_person(lanes: Lanes, clock: Clock) -> None:
    play(lanes, HOST, "mallory", AttemptEnd.FAILED)
    clock.now += REST_SECONDS
    play(lanes, HOST, "mallory", AttemptEnd.FAILED)
    assert (lanes.failures_of("mallory"), lanes.failures_of("alice")) == (2, 0)
    play(lanes, "another.example2", "mallory", AttemptEnd.ANSWERED)
    assert lanes.failures_of("mallory") == 0


def test_healthy_and_failing_hosts_are_counted(lanes: Lanes) -> None:
    lanes.mark_known_hosts([(HOST, 1000)])
    play(lanes, "another.example2", "alice", AttemptEnd.FAILED)
    play(lanes, f"{HOST} mallory", "mallory", AttemptEnd.FAILED)
    assert lanes.counts() == {"healthy": 1, "failing": 1}


def test_number_of_remembered_lanes_and_people_is_bounded(
    lanes: Lanes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_HEALTHY", 10)
    lanes.mark_known_hosts([(HOST, 1000)])
    running = begin(lanes, HOST, "alice")
    for one in range(2 * MAX_LANES):
        end = AttemptEnd.ANSWERED if one % 2 else AttemptEnd.FAILED
        play(lanes, f"host.example{one}", f"person {one}", end)
    assert len(lanes._lanes) == MAX_LANES
    assert len(lanes._failing) <= MAX_PEOPLE
    assert len(lanes._healthy) == 10
    # A host that serves many is not forgotten for those that serve one.
    assert HOST in lanes.healthy()
    lanes.end(running, AttemptEnd.ANSWERED)
    assert not [*lanes._under_way, *lanes._people, *lanes._sites, *lanes._networks]
