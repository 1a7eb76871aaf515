"""Who a userid is, taken at its word."""

from functools import partial

import pytest
from django.core.exceptions import ValidationError

from accounts.models import User
from accounts.services import AccountInactive, Person, enter, enter_all
from tests.support.threads import at_once

pytestmark = pytest.mark.django_db


def test_it_works() -> None:
    User.objects.create_user("alice", delivered_id=7)
    assert enter("alice") == Person("alice", is_active=True, muted=False, delivered_id=7)


def test_whoever_is_new_comes_into_being() -> None:
    assert enter("老板").userid == "老板"
    assert User.objects.get().pk == "老板"


def test_whoever_was_locked_out_stays_out() -> None:
    User.objects.create_user("mallory", is_active=False)
    with pytest.raises(AccountInactive):
        enter("mallory")
    User.objects.update(is_active=True)
    assert enter("mallory").is_active


def test_whoever_is_muted_comes_in() -> None:
    User.objects.create_user("mallory", muted=True)
    assert enter("mallory").muted


def test_many_come_in_together_the_known_the_new_and_the_locked_out() -> None:
    User.objects.create_user("alice", delivered_id=7)
    User.objects.create_user("mallory", is_active=False)
    assert enter_all(["alice", "bob", "mallory"]) == {
        "alice": Person("alice", is_active=True, muted=False, delivered_id=7),
        "bob": Person("bob", is_active=True, muted=False, delivered_id=0),
        "mallory": Person("mallory", is_active=False, muted=False, delivered_id=0),
    }


@pytest.mark.parametrize("userid", ["", "a_b", "a b", "x" * 65])
def test_what_is_no_userid_is_nobody(userid: str) -> None:
    with pytest.raises(ValidationError):
        enter(userid)
    assert not User.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_several_at_once_are_one() -> None:
    entered = at_once(*[partial(enter, "alice")] * 4)
    assert entered == [Person("alice", is_active=True, muted=False, delivered_id=0)] * 4
    assert User.objects.count() == 1
