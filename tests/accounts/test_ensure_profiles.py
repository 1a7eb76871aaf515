"""People whose profiles are known from elsewhere."""

import pytest
from django.core.exceptions import ValidationError

from accounts.models import User
from accounts.services import ProfileData, ensure_profiles, ensure_users, set_avatar

pytestmark = pytest.mark.django_db


def profiles() -> set[tuple[str, str, str]]:
    return set(User.objects.values_list("pk", "nickname", "avatar"))


def test_new_people_get_their_profiles_and_no_password() -> None:
    ensure_profiles([ProfileData("alice", "Alice", "http://h/a.jpg"), ProfileData("bob", "", "")])
    assert profiles() == {("alice", "Alice", "http://h/a.jpg"), ("bob", "", "")}
    assert not User.objects.get(pk="alice").has_usable_password()


def test_ensure_profiles_fills_empty_fields_only() -> None:
    ensure_users(["alice", "charlie"])
    set_avatar("alice", "/media/new.jpg")
    ensure_profiles([ProfileData("alice", "Alice", "http://h/old.jpg")])
    ensure_profiles([ProfileData("alice", "Another", ""), ProfileData("charlie", "", "http://h/c.jpg")])
    assert profiles() == {("alice", "Alice", "/media/new.jpg"), ("charlie", "", "http://h/c.jpg")}


def test_ensure_profiles_rejects_all_on_invalid_userid() -> None:
    with pytest.raises(ValidationError):
        ensure_profiles([ProfileData("alice", "Alice", ""), ProfileData("a_b", "", "")])
    assert profiles() == set()
