"""Who a userid is, taken at its word."""

from functools import partial
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from accounts.authentication.authentication import (
    AccountBanned,
    Claim,
    Person,
    authenticate,
    authenticate_all,
)
from accounts.authentication.proofs import token_proof
from accounts.models import User
from accounts.services import ensure_users
from tests.support.threads import at_once

ALICE, BOB, MALLORY = Claim("alice"), Claim("bob"), Claim("mallory")

pytestmark = pytest.mark.django_db


def test_a_userid_is_taken_at_its_word() -> None:
    User.objects.create_user("alice", delivered_id=7)
    assert authenticate(ALICE) == Person("alice", muted=False, delivered_id=7)


def test_unknown_userid_is_created() -> None:
    assert authenticate(Claim("老板")).userid == "老板"
    assert User.objects.get().pk == "老板"


def test_banned_person_is_rejected() -> None:
    User.objects.create_user("mallory", is_active=False)
    with pytest.raises(AccountBanned):
        authenticate(MALLORY)
    User.objects.update(is_active=True)
    assert authenticate(MALLORY).userid == "mallory"


def test_muted_person_is_admitted() -> None:
    User.objects.create_user("mallory", muted=True)
    assert authenticate(MALLORY).muted


def test_batch_authenticates_known_new_and_banned_people() -> None:
    User.objects.create_user("alice", delivered_id=7)
    User.objects.create_user("mallory", is_active=False)
    results = authenticate_all([ALICE, BOB, MALLORY])
    assert isinstance(results.pop(MALLORY), AccountBanned)
    assert results == {
        ALICE: Person("alice", muted=False, delivered_id=7),
        BOB: Person("bob", muted=False, delivered_id=0),
    }


def test_many_take_one_query(django_assert_num_queries: Any) -> None:
    ensure_users(["alice", "bob", "mallory"])
    with django_assert_num_queries(1):
        authenticate_all([ALICE, BOB, MALLORY])


def test_open_mode_accepts_any_claim() -> None:
    proofs = [Claim("alice"), Claim("alice", token_proof("a token")), Claim("alice", token_proof("another"))]
    assert set(authenticate_all(proofs).values()) == {Person("alice", muted=False, delivered_id=0)}


@pytest.mark.parametrize("userid", ["", "a_b", "a b", "x" * 65])
def test_invalid_userid_is_rejected(userid: str) -> None:
    with pytest.raises(ValidationError):
        authenticate(Claim(userid))
    assert not User.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_simultaneous_first_logins_create_one_person() -> None:
    entered = at_once(*[partial(authenticate, ALICE)] * 4)
    assert entered == [Person("alice", muted=False, delivered_id=0)] * 4
    assert User.objects.count() == 1
