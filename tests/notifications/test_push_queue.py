"""Pushes are taken from the table lane by lane, however many wait in others."""

import time
from collections.abc import Callable

import pytest
from django.db import connection

from log.models import Group
from notifications.client import Answer
from notifications.models import Delivery, Endpoint, PushSubscription
from notifications.providers.web_push import MAX_FAILURES, lane_of
from notifications.pushing import subscribe
from notifications.sending import push_queue
from notifications.sending.push_queue import (
    Due,
    Outcome,
    heads,
    read,
    served,
    store,
    take,
    walk,
)
from tests.support.notices import look_later, write

pytestmark = pytest.mark.django_db(transaction=True)

ONE, OTHER = "one.example", "other.example"
DEAD_ROWS = 100_000


def add(person: str, host: str, number: int = 0, *, age: float = 1.0) -> int:
    """A push that has been due for so many seconds."""
    url = f"https://{host}/{person}{number}"
    subscribe(person, url)
    browser = PushSubscription.objects.get(url=url)
    now = time.time()
    return Delivery.objects.create(
        target_kind="web_push",
        target_id=browser.pk,
        event="notice.due",
        key=person,
        lane=lane_of(browser),
        log_id=1,
        made_at=now - age,
        due_at=now - age,
        expires_at=now - age + 3600,
    ).pk


def ids(found: list[Due]) -> list[int]:
    return [one.delivery.pk for one in found]


def take_all(**rooms: int) -> list[int]:
    return ids(take({f"{name}.example": room for name, room in rooms.items()}, most=100, busy=[], people=[]))


def due(id_: int) -> Due:
    (found,) = read([id_])
    return found


def test_lanes_are_taken_in_turn(group: Group) -> None:
    first, second = add("alice", ONE, age=9), add("bob", ONE, age=8)
    third = add("alice", OTHER)
    assert take_all(one=4) == [first, second]
    assert sorted(take_all(one=1, other=1)) == sorted([first, third])
    assert ids(take({ONE: 4, OTHER: 4}, most=1, busy=[], people=[])) in ([first], [third])


def test_what_is_under_way_and_for_whom_it_is_not_the_turn_is_left(group: Group) -> None:
    first, second = add("alice", ONE, age=9), add("bob", ONE, age=8)
    assert ids(take({ONE: 1}, most=1, busy=[first], people=[])) == [second]
    assert ids(take({ONE: 1}, most=1, busy=[], people=["alice"])) == [second]
    assert heads([ONE], busy=[first], people=[]) == [(second, "bob")]
    assert heads([ONE], busy=[first], people=["bob"]) == []


def test_what_is_not_due_is_left(group: Group) -> None:
    add("alice", ONE, age=-60)
    assert take_all(one=4) == []
    assert heads([ONE], busy=[], people=[]) == []


def test_lanes_are_walked_in_portions(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(push_queue, "MAX_WALK_LANES", 2)
    for number in range(5):
        add("alice", f"host{number}.example", number)
        add("bob", f"host{number}.example", number)
    assert walk("") == ["host0.example", "host1.example"]
    assert walk("host1.example") == ["host2.example", "host3.example"]
    assert walk("host3.example") == ["host4.example"]
    assert walk("host4.example") == []


def test_of_each_lane_the_longest_due_is_the_head(group: Group) -> None:
    add("alice", ONE, age=8)
    first, other = add("bob", ONE, age=9), add("charlie", OTHER, age=10)
    assert heads([ONE, OTHER, "none.example"], busy=[], people=[]) == [(other, "charlie"), (first, "bob")]
    assert heads([], busy=[], people=[]) == []


def test_a_notice_waits_in_the_lane_of_its_host(endpoint: Endpoint) -> None:
    endpoint.delete()
    subscribe("bob", f"https://{ONE}:8443/1")
    write("alice", "bob")
    look_later()
    assert Delivery.objects.get().lane == f"{ONE}:8443"


def test_a_browser_that_was_not_reached_waits_alone(endpoint: Endpoint) -> None:
    endpoint.delete()
    subscribe("bob", f"https://{ONE}/1")
    PushSubscription.objects.update(failures=1)
    write("alice", "bob")
    look_later()
    assert Delivery.objects.get().lane == f"{ONE} bob"


@pytest.mark.parametrize(("is_alone", "lane"), [(True, f"{ONE} bob"), (False, ONE)])
def test_what_fails_at_a_healthy_host_waits_alone(group: Group, is_alone: bool, lane: str) -> None:
    store([Outcome(due(add("bob", ONE)), None, is_alone)])
    assert Delivery.objects.get().lane == lane


def test_who_has_another_message_meanwhile_is_woken_again(endpoint: Endpoint) -> None:
    endpoint.delete()
    subscribe("bob", f"https://{ONE}/1")
    write("alice", "bob")
    look_later()
    (first,) = read(Delivery.objects.values_list("pk", flat=True))
    last = write("alice", "bob")
    look_later(100)
    assert Delivery.objects.get().log_id == last
    store([Outcome(first, Answer(201), True)])
    (second,) = read(Delivery.objects.values_list("pk", flat=True))
    store([Outcome(second, Answer(201), True)])
    assert not Delivery.objects.exists()


def test_hosts_that_have_answered_are_known_by_how_many_people_they_serve(group: Group) -> None:
    for person, host in [("alice", ONE), ("bob", OTHER), ("charlie", OTHER), ("alice", OTHER)]:
        store([Outcome(due(add(person, host)), Answer(201), True)])
    add("bob", "never.example")
    assert served() == [(OTHER, 3), (ONE, 1)]


def test_what_is_too_old_in_a_lane_that_fails_is_given_up(group: Group) -> None:
    first = add("alice", ONE, age=4000)
    add("bob", ONE, age=3999)
    young, other = add("charlie", ONE), add("charlie", OTHER, age=4000)
    PushSubscription.objects.filter(user="bob").update(failures=MAX_FAILURES - 1)
    store([Outcome(due(first), None, False)])
    assert set(Delivery.objects.values_list("pk", flat=True)) == {first, young, other}
    assert not PushSubscription.objects.filter(user="bob").exists()


def test_where_the_host_answers_others_nothing_is_given_up_for_its_age(group: Group) -> None:
    first, second = add("alice", ONE, age=4000), add("bob", ONE, age=3999)
    store([Outcome(due(first), None, True)])
    assert set(Delivery.objects.values_list("pk", flat=True)) == {first, second}


def seconds_of(call: Callable[[], object]) -> float:
    """The least of some."""
    found = []
    for _ in range(9):
        began = time.perf_counter()
        call()
        found.append(time.perf_counter() - began)
    return min(found)


@pytest.mark.slow
def test_a_hundred_thousand_for_a_host_that_is_down_cost_others_nothing(group: Group) -> None:
    add("alice", "dead.example", age=9)
    healthy = add("bob", OTHER)

    def look() -> None:
        assert ids(take({OTHER: 4}, most=4, busy=[], people=[])) == [healthy]
        assert walk("") == ["dead.example", OTHER]
        assert len(heads(["dead.example", OTHER], busy=[], people=[])) == 2

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


def test_the_next_lane_is_found_in_an_index_however_much_waits() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("explains SQLite's plan")
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {push_queue._WALK}", ["", 1])
        plan = " ".join(row[3] for row in cursor.fetchall())
    assert "USING INDEX pushes_in_lanes (lane>?)" in plan
