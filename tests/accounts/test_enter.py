"""Who a userid is, taken at its word."""

from functools import partial

import pytest
from django.core.exceptions import ValidationError

from accounts.models import User
from accounts.services import AccountInactive, enter
from tests.support.threads import at_once

pytestmark = pytest.mark.django_db


def test_it_works() -> None:
    User.objects.create_user("alice", nickname="Alice", delivered_id=7)
    alice = enter("alice")
    assert (alice.pk, alice.nickname, alice.delivered_id) == ("alice", "Alice", 7)


def test_whoever_is_new_comes_into_being() -> None:
    assert enter("老板").pk == "老板"
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


@pytest.mark.parametrize("userid", ["", "a_b", "a b", "x" * 65])
def test_what_is_no_userid_is_nobody(userid: str) -> None:
    with pytest.raises(ValidationError):
        enter(userid)
    assert not User.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_several_at_once_are_one() -> None:
    entered = at_once(*[partial(enter, "alice")] * 4)
    assert entered == [User.objects.get()] * 4
