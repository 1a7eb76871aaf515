"""Pushes are taken from the table lane by lane, however many wait in others."""

import time
from collections.abc import Callable

import pytest
from django.db import connection

from log.models import Group
from notifications.exchange import EndpointAnswer
from notifications.models import Delivery, Endpoint, PushDevice
from notifications.providers.devices import MAX_FAILURES, lane_of
from notifications.sending import push_queue
from notifications.sending.push_queue import (
    DuePush,
    PushOutcome,
    known_hosts,
    lanes_after,
    longest_due,
    read_due_pushes,
    store,
    take_due_pushes,
)
from tests.support.notices import look_later, subscribe, write

pytestmark = pytest.mark.django_db(transaction=True)

ONE, OTHER = "one.example", "other.example"
DEAD_ROWS = 100_000


def add(person: str, host: str, number: int = 0, *, age: float = 1.0) -> int:
    """A push that has been due for so many seconds."""
    url = f"https://{host}/{person}{number}"
    subscribe(person, url)
    browser = PushDevice.objects.get(token=url)
    now = time.time()
    return Delivery.objects.create(
        target_kind="web",
        target_id=browser.pk,
        event="notice.due",
        key=person,
        lane=lane_of(browser),
        log_id=1,
        made_at=now - age,
        due_at=now - age,
        expires_at=now - age + 3600,
    ).pk


def ids(pushes: list[DuePush]) -> list[int]:
    return [one.delivery.pk for one in pushes]


def take_all(**rooms: int) -> list[int]:
    return ids(
        take_due_pushes(
            {f"{name}.example": room for name, room in rooms.items()}, most=100, busy=[], people=[]
        )
    )


def due(id_: int) -> DuePush:
    (push,) = read_due_pushes([id_])
    return push


def test_due_pushes_are_limited_per_lane_and_in_all(group: Group) -> None:
    first, second = add("alice", ONE, age=9), add("bob", ONE, age=8)
    third = add("alice", OTHER)
    assert take_all(one=4) == [first, second]
    assert sorted(take_all(one=1, other=1)) == sorted([first, third])
    assert ids(take_due_pushes({ONE: 4, OTHER: 4}, most=1, busy=[], people=[])) in ([first], [third])


def test_push_queue_skips_busy_pushes_and_people(group: Group) -> None:
    first, second = add("alice", ONE, age=9), add("bob", ONE, age=8)
    assert ids(take_due_pushes({ONE: 1}, most=1, busy=[first], people=[])) == [second]
    assert ids(take_due_pushes({ONE: 1}, most=1, busy=[], people=["alice"])) == [second]
    assert longest_due([ONE], busy=[first], people=[]) == [(second, "bob")]
    assert longest_due([ONE], busy=[first], people=["bob"]) == []


def test_push_queue_skips_pushes_not_due(group: Group) -> None:
    add("alice", ONE, age=-60)
    assert take_all(one=4) == []
    assert longest_due([ONE], busy=[], people=[]) == []


def test_push_lanes_are_listed_in_portions(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(push_queue, "MAX_WALK_LANES", 2)
    for number in range(5):
        add("alice", f"host{number}.example", number)
        add("bob", f"host{number}.example", number)
    assert lanes_after("") == ["host0.example", "host1.example"]
    assert lanes_after("host1.example") == ["host2.example", "host3.example"]
    assert lanes_after("host3.example") == ["host4.example"]
    assert lanes_after("host4.example") == []


def test_head_of_a_push_lane_is_the_longest_due(group: Group) -> None:
    add("alice", ONE, age=8)
    first, other = add("bob", ONE, age=9), add("charlie", OTHER, age=10)
    assert longest_due([ONE, OTHER, "none.example"], busy=[], people=[]) == [
        (other, "charlie"),
        (first, "bob"),
    ]
    assert longest_due([], busy=[], people=[]) == []


def test_push_waits_in_the_lane_of_its_host(endpoint: Endpoint) -> None:
    endpoint.delete()
    subscribe("bob", f"https://{ONE}:8443/1")
    write("alice", "bob")
    look_later()
    assert Delivery.objects.get().lane == f"{ONE}:8443"


def test_push_to_unreached_browser_waits_in_its_own_lane(endpoint: Endpoint) -> None:
    endpoint.delete()
    subscribe("bob", f"https://{ONE}/1")
    PushDevice.objects.update(failures=1)
    write("alice", "bob")
    look_later()
    assert Delivery.objects.get().lane == f"{ONE} bob"


@pytest.mark.parametrize(("is_host_healthy", "lane"), [(True, f"{ONE} bob"), (False, ONE)])
def test_failing_push_at_healthy_host_moves_to_own_lane(
    group: Group, is_host_healthy: bool, lane: str
) -> None:
    store([PushOutcome(due(add("bob", ONE)), None, is_host_healthy)])
    assert Delivery.objects.get().lane == lane


def test_message_during_push_causes_another_push(endpoint: Endpoint) -> None:
    endpoint.delete()
    subscribe("bob", f"https://{ONE}/1")
    write("alice", "bob")
    look_later()
    (first,) = read_due_pushes(Delivery.objects.values_list("pk", flat=True))
    last = write("alice", "bob")
    look_later(100)
    assert Delivery.objects.get().log_id == last
    store([PushOutcome(first, EndpointAnswer(201), True)])
    (second,) = read_due_pushes(Delivery.objects.values_list("pk", flat=True))
    store([PushOutcome(second, EndpointAnswer(201), True)])
    assert not Delivery.objects.exists()


def test_known_hosts_are_ordered_by_number_of_people(group: Group) -> None:
    for person, host in [("alice", ONE), ("bob", OTHER), ("charlie", OTHER), ("alice", OTHER)]:
        store([PushOutcome(due(add(person, host)), EndpointAnswer(201), True)])
    add("bob", "never.example")
    assert known_hosts() == [(OTHER, 3), (ONE, 1)]


def test_expired_pushes_of_failing_lane_are_removed(group: Group) -> None:
    first = add("alice", ONE, age=4000)
    add("bob", ONE, age=3999)
    young, other = add("charlie", ONE), add("charlie", OTHER, age=4000)
    PushDevice.objects.filter(user="bob").update(failures=MAX_FAILURES - 1)
    store([PushOutcome(due(first), None, False)])
    assert set(Delivery.objects.values_list("pk", flat=True)) == {first, young, other}
    assert not PushDevice.objects.filter(user="bob").exists()


def test_expired_pushes_of_healthy_host_stay_queued(group: Group) -> None:
    first, second = add("alice", ONE, age=4000), add("bob", ONE, age=3999)
    store([PushOutcome(due(first), None, True)])
    assert set(Delivery.objects.values_list("pk", flat=True)) == {first, second}


def seconds_of(call: Callable[[], object]) -> float:
    """The least of some."""
    seconds = []
    for _ in range(9):
        began = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - began)
    return min(seconds)


@pytest.mark.slow
def test_backlog_of_dead_host_does_not_slow_push_queries(group: Group) -> None:
    add("alice", "dead.example", age=9)
    healthy = add("bob", OTHER)

    def look() -> None:
        assert ids(take_due_pushes({OTHER: 4}, most=4, busy=[], people=[])) == [healthy]
        assert lanes_after("") == ["dead.example", OTHER]
        assert len(longest_due(["dead.example", OTHER], busy=[], people=[])) == 2

    with_one = seconds_of(look)
    _copy_the_first(DEAD_ROWS)
    assert seconds_of(look) < 3 * with_one + 0.005


def _copy_the_first(times: int) -> None:
    first = Delivery.objects.order_by("pk").first()
    assert first
    names = [field.column for field in Delivery._meta.concrete_fields if not field.primary_key]
    columns = ", ".join(f'"{name}"' for name in names)
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH RECURSIVE counted (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM counted "
            f"WHERE number < %s) INSERT INTO {Delivery._meta.db_table} ({columns}) "
            f"SELECT {columns} FROM {Delivery._meta.db_table} AS one, counted WHERE one.id = %s",
            [times, first.pk],
        )


def test_next_lane_query_uses_index() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("explains SQLite's plan")
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {push_queue._WALK}", ["", 1])
        plan = " ".join(row[3] for row in cursor.fetchall())
    assert "USING INDEX pushes_in_lanes (lane>?)" in plan
