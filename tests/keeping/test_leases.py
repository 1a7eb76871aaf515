"""Rows of background work: one process has a row, until it ends or its time is over."""

import threading
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from accounts import leases
from keeping.models import Erasure


@pytest.mark.django_db
def test_one_of_two_takes_a_row_and_another_one_when_its_time_is_over() -> None:
    now, minute = timezone.now(), timedelta(minutes=1)
    Erasure.objects.create(target="u:bob", is_queued=True)
    one, another = Erasure.objects.get(), Erasure.objects.get()
    free = Erasure.objects.filter(leases.are_free("claimed_at", now - minute))
    assert leases.take(free, one, claimed_at=now)
    assert not leases.take(free, another, claimed_at=now)
    assert not free.exists()
    later = Erasure.objects.filter(leases.are_free("claimed_at", now + minute))
    assert not leases.take(later, another, claimed_at=now)
    assert leases.take(later, later.get(), claimed_at=now + 2 * minute)
    assert not later.exists()


@pytest.mark.django_db
def test_row_taken_before_the_clock_was_set_back_is_free() -> None:
    now, hour = timezone.now(), timedelta(hours=1)
    Erasure.objects.create(target="u:bob", is_queued=True, claimed_at=now + hour)
    assert Erasure.objects.filter(leases.are_free("claimed_at", now - hour)).exists()


def test_a_process_says_that_it_has_a_row_also_after_the_database_was_away() -> None:
    said, was_said_again = [], threading.Event()

    def say() -> None:
        said.append(1)
        if len(said) == 1:
            raise OperationalError
        was_said_again.set()

    with leases.kept_alive(say, 0.001):
        assert was_said_again.wait(30)
