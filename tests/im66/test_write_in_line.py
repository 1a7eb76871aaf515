"""SQLite has one writer at a time; those of one process write in the order in which they asked."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import DatabaseError, OperationalError, connection, transaction

from accounts.models import User
from accounts.services import ensure_users
from im66.sqlite import base
from im66.sqlite.base import FairLock
from tests.support.threads import at_once
from tests.support.waiting import until

pytestmark = pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has many writers")


def _waiting(line: FairLock, count: int) -> None:
    until(lambda: len(line._waiting) == count)


def test_writers_get_the_lock_in_request_order() -> None:
    line, came = FairLock(), list[int]()

    def come(number: int) -> None:
        assert line.acquire(30)
        came.append(number)
        line.release()

    assert line.acquire(0)
    threads = [threading.Thread(target=come, args=(number,)) for number in range(5)]
    for number, thread in enumerate(threads):
        thread.start()
        _waiting(line, number + 1)
    line.release()
    for thread in threads:
        thread.join()
    assert came == [0, 1, 2, 3, 4]


def test_timed_out_writer_leaves_the_queue() -> None:
    line = FairLock()
    assert line.acquire(0)
    assert not line.acquire(0.01)
    line.release()
    assert line.acquire(0)


@contextmanager
def _writing_all_the_time(threads: int) -> Iterator[None]:
    """Others who write, in transactions of 20 ms, one right after the other."""
    over = threading.Event()

    def write() -> None:
        while not over.is_set():
            with transaction.atomic():
                User.objects.filter(pk="alice").update(nickname="x")
                time.sleep(0.02)

    running = threading.Thread(target=lambda: at_once(*[write] * threads))
    running.start()
    try:
        yield
    finally:
        over.set()
        running.join()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_busy_writers_do_not_starve_others() -> None:
    ensure_users(["alice"])
    with _writing_all_the_time(4):
        started = time.monotonic()
        for number in range(20):
            ensure_users([f"user{number}"])
        took = time.monotonic() - started
    # Each waits for four others; without the line, it took 10 seconds and more.
    assert took < 20 * 4 * 0.02 * 2


@pytest.mark.django_db(transaction=True)
def test_failed_transaction_releases_the_write_lock() -> None:
    ensure_users(["alice"])
    for _ in range(3):
        with pytest.raises(DatabaseError), transaction.atomic():
            User.objects.create(userid="alice")
    with pytest.raises(DatabaseError), transaction.atomic():
        connection.close()
        User.objects.count()
    assert at_once(lambda: ensure_users(["bob"])) == [None]


@pytest.mark.django_db(transaction=True)
def test_wait_above_the_timeout_raises_database_is_locked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "WAIT_SECONDS", 0.01)
    with transaction.atomic():
        (outcome,) = at_once(lambda: ensure_users(["bob"]))
    assert isinstance(outcome, OperationalError)
    assert str(outcome) == "database is locked"


def test_yielding_writer_that_does_not_stop_is_overtaken() -> None:
    line, request = FairLock(), list[int]()
    assert line.acquire(0)
    line.give_way(lambda: request.append(1))
    assert not line.acquire(0.05)
    assert request
    line.release()
    assert line.acquire(0)
