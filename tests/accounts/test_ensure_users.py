"""In open mode a userid comes into being on first use."""

from datetime import timedelta
from functools import partial

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from accounts.services import ensure_users
from tests.support.threads import at_once

pytestmark = pytest.mark.django_db


def userids() -> set[str]:
    return set(User.objects.values_list("pk", flat=True))


def test_created_people_may_write_without_password() -> None:
    ensure_users(["alice", "老板"])
    assert userids() == {"alice", "老板"}
    alice = User.objects.get(pk="alice")
    assert alice.is_active
    assert not alice.muted
    assert not alice.is_staff
    assert not alice.is_superuser
    assert not alice.has_usable_password()
    assert alice.delivered_id == 0
    assert alice.display_name == "alice"


def test_created_people_have_model_defaults() -> None:
    ensure_users(["alice"])
    User.objects.create_user("bob")
    alice, bob = User.objects.order_by("pk")
    own = ("userid", "password", "date_joined")
    for field in User._meta.concrete_fields:
        if field.attname not in own:
            assert getattr(alice, field.attname) == getattr(bob, field.attname)
    assert abs(alice.date_joined - bob.date_joined) < timedelta(minutes=1)
    assert len(alice.password) == len(bob.password)


def test_twice_is_once() -> None:
    ensure_users(["alice", "alice"])
    ensure_users(["alice", "bob"])
    assert userids() == {"alice", "bob"}


def test_existing_person_is_unchanged() -> None:
    User.objects.create_user("alice", nickname="Alice", muted=True, is_active=False, delivered_id=7)
    before = list(User.objects.values())
    ensure_users(["alice"])
    assert list(User.objects.values()) == before


def test_invalid_userid_creates_no_one() -> None:
    with pytest.raises(ValidationError):
        ensure_users(["alice", "a_b", "bob"])
    assert userids() == set()


def test_ensure_users_accepts_empty_list() -> None:
    ensure_users([])
    assert userids() == set()


def test_a_thousand() -> None:
    people = [f"user{number}" for number in range(1000)]
    ensure_users(iter(people))
    assert userids() == set(people)


def test_existing_people_cost_one_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    ensure_users(["alice", "bob"])
    with django_assert_num_queries(1):
        ensure_users(["alice", "bob"])


@pytest.mark.slow
def test_account_made_on_first_use_has_no_password(client: Client) -> None:
    ensure_users(["alice"])
    for password in ("", "alice", "!", User.objects.get().password):
        client.post("/login/", {"username": "alice", "password": password})
        assert "_auth_user_id" not in client.session
    User.objects.create_user("bob", "a password")
    client.post("/login/", {"username": "bob", "password": "a password"})
    assert client.session["_auth_user_id"] == "bob"


@pytest.mark.django_db(transaction=True)
def test_several_at_once() -> None:
    people = [f"user{number}" for number in range(50)]
    lists = [people, people[::-1], people[25:], people[:25]]
    assert at_once(*(partial(ensure_users, some) for some in lists)) == [None] * 4
    assert userids() == set(people)
