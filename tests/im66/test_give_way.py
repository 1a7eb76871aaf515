"""On SQLite, what nobody waits for gives way to whoever wants to write."""

import threading
from collections.abc import Callable
from functools import partial

import pytest
from django.db import OperationalError, connection, transaction

from accounts.models import User
from accounts.services import ensure_users
from im66.sqlite.base import POLITE_ATTEMPTS
from tests.support.threads import at_once

pytestmark = [
    pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has many writers"),
    pytest.mark.django_db(transaction=True),
]

# A statement that takes a second or more.
LONG = (
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000000) SELECT max(i) FROM n"
)


class Background:
    """Writes Alice's nickname, and takes long over it in the first attempts. `began` is set in each."""

    def __init__(self, long_attempts: int) -> None:
        self.attempts = 0
        self.began = threading.Event()
        # Django closes a connection that has.
        self.has_noted_errors = False
        self._long_attempts = long_attempts

    def write(self) -> str:
        with transaction.atomic(), connection.cursor() as cursor:
            self.attempts += 1
            cursor.execute("UPDATE accounts_user SET nickname = nickname || 'x' WHERE userid = 'alice'")
            self.began.set()
            if self.attempts <= self._long_attempts:
                cursor.execute(LONG)
        return "done"

    def run(self) -> str:
        done = write_giving_way(self.write)
        self.has_noted_errors = connection.errors_occurred
        return str(done)


@pytest.fixture(autouse=True)
def alice(db: None) -> None:
    ensure_users(["alice"])
    User.objects.filter(pk="alice").update(nickname="")


def nickname() -> str:
    return str(User.objects.values_list("nickname", flat=True).get(pk="alice"))


def others(background: Background, count: int, noted: list[int]) -> None:
    """So many write, each when the background has begun, and note its attempts when they have written."""
    for number in range(count):
        assert background.began.wait(30)
        background.began.clear()
        ensure_users([f"user{number}"])
        noted.append(background.attempts)


def run_beside(background: Background, count: int) -> list[int]:
    noted: list[int] = []
    outcome = at_once(background.run, partial(others, background, count, noted))
    assert outcome == ["done", None]
    return noted


def test_background_write_gives_way_and_is_done_afterwards() -> None:
    background = Background(long_attempts=1)
    assert run_beside(background, 1) == [1]
    assert (background.attempts, nickname()) == (2, "x")
    assert not background.has_noted_errors


def test_background_write_yields_a_few_times() -> None:
    background = Background(long_attempts=POLITE_ATTEMPTS + 1)
    noted = run_beside(background, POLITE_ATTEMPTS + 1)
    assert noted == [*range(1, POLITE_ATTEMPTS + 1), POLITE_ATTEMPTS + 1]
    assert (background.attempts, nickname()) == (POLITE_ATTEMPTS + 1, "x")


def test_failing_write_is_not_retried() -> None:
    attempts = []

    def fail() -> None:
        attempts.append(1)
        raise OperationalError("no such table")

    with pytest.raises(OperationalError, match="no such table"):
        write_giving_way(fail)
    assert attempts == [1]


def test_awaited_write_does_not_yield() -> None:
    background = Background(long_attempts=1)
    write_giving_way(lambda: None)
    noted: list[int] = []
    assert at_once(background.write, partial(others, background, 1, noted)) == ["done", None]
    assert background.attempts == 1


def write_giving_way(write: Callable[[], object]) -> object:
    return connection.write_giving_way(write)  # type: ignore[attr-defined]
