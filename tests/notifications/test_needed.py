"""Rows of which somebody may still have to be told are not pruned."""

import time

import pytest

from log.models import Group
from notifications.models import Delivery, Endpoint, Person, Waiting
from notifications.notices.reading import STALE_SECONDS, limits
from tests.support.notices import catch_up, look_later, write

pytestmark = pytest.mark.django_db(transaction=True)


def needed(now: float | None = None) -> list[tuple[int, str]]:
    return [(limit.upto, limit.who) for limit in limits(now or time.time())]


def test_rows_are_needed_until_notices_are_stored(endpoint: Endpoint, group: Group) -> None:
    first = write("alice", "bob")
    write("alice", group.pk)
    assert needed() == []
    catch_up()
    assert needed() == [(first - 1, "people who are to be notified")]
    look_later()
    assert (first - 1, "people who are to be notified") not in needed()


def test_rows_are_needed_during_quiet_hours(endpoint: Endpoint) -> None:
    Endpoint.objects.update(events="notice.due")
    minute = time.gmtime().tm_hour * 60 + time.gmtime().tm_min
    Person.objects.create(
        user_id="bob", quiet_from=(minute - 60) % 1440, quiet_to=(minute + 60) % 1440, quiet_zone="UTC"
    )
    first = write("alice", "bob")
    look_later()
    assert needed() == [(first - 1, "people who are to be notified later")]


def test_rows_are_needed_until_delivery_arrives(endpoint: Endpoint) -> None:
    last = write("alice", "bob")
    look_later()
    assert (last - 1, "an endpoint that was not reached yet") in needed()
    Delivery.objects.update(is_dead=True)
    assert needed() == []


def test_stale_waiting_rows_are_not_needed(endpoint: Endpoint) -> None:
    write("alice", "bob")
    catch_up()
    (waiting,) = Waiting.objects.all()
    assert len(needed(waiting.due_at + STALE_SECONDS - 1)) == 1
    assert needed(waiting.due_at + STALE_SECONDS + 1) == []


def test_rows_for_inactive_endpoint_are_not_needed(endpoint: Endpoint) -> None:
    write("alice", "bob")
    look_later()
    Endpoint.objects.update(is_active=False)
    assert needed() == []
