"""Rows of background work: one process has a row, until it ends or its time is over."""

import threading
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from accounts import leases
from keeping.models import Erasure


@pytest.mark.django_db
def test_lease_has_one_owner_until_it_expires() -> None:
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
def test_lease_from_the_future_is_free() -> None:
    now, hour = timezone.now(), timedelta(hours=1)
    Erasure.objects.create(target="u:bob", is_queued=True, claimed_at=now + hour)
    assert Erasure.objects.filter(leases.are_free("claimed_at", now - hour)).exists()


def test_lease_is_renewed_after_database_error() -> None:
    renewals, renewed_again = [], threading.Event()

    def say() -> None:
        renewals.append(1)
        if len(renewals) == 1:
            raise OperationalError
        renewed_again.set()

    with leases.renewing(say, 0.001):
        assert renewed_again.wait(30)
