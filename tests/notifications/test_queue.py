"""Deliveries are sent in the order of their keys, tried again, and given up in the end."""

import time

import pytest
from pytest_django import Settings

from notifications.models import Delivery, Endpoint
from notifications.sending import queue
from notifications.sending.queue import (
    LONGEST_PAUSE_SECONDS,
    MAX_KEYS,
    MAX_SENT_PER_TURN,
    DeliveryFailure,
    DeliveryOutcome,
    Lane,
    replay,
    retry_delay,
    store,
)
from tests.support.notices import write
from tests.support.settings import override

pytestmark = pytest.mark.django_db(transaction=True)

MAX_CONCURRENT_LANES = 8


def add(endpoint: Endpoint, *keys: str) -> list[int]:
    now = time.time()
    message = write("alice", "bob")
    made = (
        Delivery(
            endpoint=endpoint,
            target_kind=endpoint.kind,
            event="message.created",
            key=key,
            log_id=message,
            made_at=now,
            due_at=now,
            expires_at=now + 3600,
        )
        for key in keys
    )
    return [one.pk for one in Delivery.objects.bulk_create(made)]


def take_due(endpoint: Endpoint, lanes: int = MAX_CONCURRENT_LANES) -> list[list[int]]:
    return [[one.pk for one, _ in lane] for lane in lanes_of(endpoint, lanes)]


def lanes_of(endpoint: Endpoint, lanes: int = MAX_CONCURRENT_LANES) -> list[Lane]:
    return list(queue.take_due(endpoint, lanes).lanes)


def fail(endpoint: Endpoint, id_: int, retry_after: int = 0) -> None:
    store([DeliveryOutcome([], DeliveryFailure(Delivery.objects.get(pk=id_), "answered 500", retry_after))])


def come_due() -> None:
    Delivery.objects.update(due_at=time.time())


def test_deliveries_of_one_key_stay_in_order(endpoint: Endpoint) -> None:
    first, second, third = add(endpoint, "a", "b", "a")
    assert take_due(endpoint) == [[first, third], [second]]
    store([DeliveryOutcome([first, third]), DeliveryOutcome([second])])
    assert not Delivery.objects.filter(arrived_at=None).exists()


def test_number_of_keys_sent_at_once_is_limited(endpoint: Endpoint) -> None:
    first, _ = add(endpoint, "a", "b")
    assert take_due(endpoint, 1) == [[first]]


def test_queue_skips_keys_under_way(endpoint: Endpoint) -> None:
    add(endpoint, "a", "b")
    assert [lane[0][0].key for lane in queue.take_due(endpoint, MAX_CONCURRENT_LANES, ["a"]).lanes] == ["b"]


def test_webhook_keys_take_turns(endpoint: Endpoint) -> None:
    add(endpoint, *"aabbccdd")
    turns, after = [], ""
    for _ in range(5):
        lanes, after = queue.take_due(endpoint, 2, [], after)
        turns.append("".join(lane[0][0].key for lane in lanes))
    assert turns == ["ab", "cd", "ab", "cd", "ab"]


def test_busy_key_leaves_capacity_to_others(endpoint: Endpoint) -> None:
    add(endpoint, *["a"] * (2 * MAX_SENT_PER_TURN), "b")
    assert [len(lane) for lane in lanes_of(endpoint)] == [MAX_SENT_PER_TURN // 2, 1]


def test_postponed_keys_do_not_hide_due_keys(endpoint: Endpoint) -> None:
    add(endpoint, *(f"a{number:04}" for number in range(MAX_KEYS + 10)))
    Delivery.objects.update(due_at=time.time() + 3600)
    (due,) = add(endpoint, "b")
    nothing, after = queue.take_due(endpoint, MAX_CONCURRENT_LANES)
    assert not nothing
    (lane,), _ = queue.take_due(endpoint, MAX_CONCURRENT_LANES, [], after)
    assert lane[0][0].pk == due


def test_webhook_failure_postpones_only_the_failed_delivery(endpoint: Endpoint) -> None:
    first, second = add(endpoint, "a", "a")
    before = Delivery.objects.get(pk=second).due_at
    fail(endpoint, first)
    assert Delivery.objects.get(pk=second).due_at == before
    assert take_due(endpoint) == []


def test_failed_delivery_delays_later_ones_of_same_key(endpoint: Endpoint) -> None:
    first, second, third = add(endpoint, "a", "a", "b")
    fail(endpoint, first)
    (late,) = add(endpoint, "a")
    assert take_due(endpoint) == [[third]]
    come_due()
    assert take_due(endpoint) == [[first, second, late], [third]]


def test_new_delivery_stays_behind_retried_one(endpoint: Endpoint) -> None:
    (first,) = add(endpoint, "a")
    fail(endpoint, first)
    (late,) = add(endpoint, "a")
    Delivery.objects.filter(pk=first).update(due_at=time.time())
    assert take_due(endpoint) == [[first, late]]


def test_retry_delay_doubles_up_to_a_limit(settings: Settings) -> None:
    override(settings, webhook_retry_seconds=1.0)
    for attempts in range(1, 9):
        assert 0.75 * 2 ** (attempts - 1) <= retry_delay(attempts) <= 1.25 * 2 ** (attempts - 1)
    assert retry_delay(1000) <= 1.25 * LONGEST_PAUSE_SECONDS


def test_retry_delay_is_random() -> None:
    assert len({retry_delay(1) for _ in range(10)}) > 1


def test_retry_after_header_delays_webhook(endpoint: Endpoint) -> None:
    (first,) = add(endpoint, "a")
    fail(endpoint, first, retry_after=1000)
    assert Delivery.objects.get().due_at > time.time() + 900


def test_expired_delivery_becomes_dead_letter(endpoint: Endpoint) -> None:
    first, second = add(endpoint, "a", "a")
    Delivery.objects.filter(pk=first).update(expires_at=time.time() - 1)
    fail(endpoint, first)
    dead = Delivery.objects.get(pk=first)
    assert (dead.is_dead, dead.attempts, dead.problem) == (True, 1, "answered 500")
    assert take_due(endpoint) == [[second]]


def test_dead_webhook_can_be_sent_again(endpoint: Endpoint) -> None:
    (first,) = add(endpoint, "a")
    Delivery.objects.update(expires_at=time.time() - 1)
    fail(endpoint, first)
    assert take_due(endpoint) == []
    assert replay(Delivery.objects.all()) == 1
    assert take_due(endpoint) == [[first]]
    fail(endpoint, first)
    assert not Delivery.objects.get().is_dead


def test_queue_takes_deliveries_of_own_endpoint_only(endpoint: Endpoint) -> None:
    other = Endpoint.objects.create(name="other", url="https://other.example/")
    add(other, "a")
    assert take_due(endpoint) == []
