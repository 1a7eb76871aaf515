"""How far somebody has the log."""

from functools import partial

import pytest

from accounts.models import User
from accounts.services import ensure_users, raise_delivered
from tests.support.threads import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(db: None) -> None:
    ensure_users(["alice", "bob", "charlie"])


def delivered() -> dict[str, int]:
    return dict(User.objects.values_list("pk", "delivered_id"))


def test_cursors_are_raised_separately(people: None) -> None:
    raise_delivered({"alice": 5, "bob": 7})
    assert delivered() == {"alice": 5, "bob": 7, "charlie": 0}


def test_cursor_never_moves_back(people: None) -> None:
    raise_delivered({"alice": 5, "bob": 7})
    raise_delivered({"alice": 4, "bob": 8, "charlie": 0})
    assert delivered() == {"alice": 5, "bob": 8, "charlie": 0}


def test_repeated_raise_delivered_changes_nothing(people: None) -> None:
    for _ in range(2):
        raise_delivered({"alice": 5})
    assert delivered()["alice"] == 5


def test_raise_delivered_creates_no_one(people: None) -> None:
    raise_delivered({"nobody": 5})
    raise_delivered({})
    assert delivered() == {"alice": 0, "bob": 0, "charlie": 0}


def test_an_id_larger_than_32_bits(people: None) -> None:
    raise_delivered({"alice": 2**40})
    assert delivered()["alice"] == 2**40


@pytest.mark.django_db(transaction=True)
def test_the_highest_of_several_at_once_stays(people: None) -> None:
    rises = [{"alice": place, "bob": 100 - place} for place in (10, 40, 20, 30)]
    assert at_once(*(partial(raise_delivered, rise) for rise in rises)) == [None] * 4
    assert delivered() == {"alice": 40, "bob": 90, "charlie": 0}
