"""Changing the password in the browser."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from tests.support.accounts import ALICE, PASSWORD, is_let_in, send_login, text, who

pytestmark = [pytest.mark.usefixtures("cheap_passwords"), pytest.mark.django_db]

NEW = "staple of another horse"


@pytest.fixture
def alice() -> Client:
    """Return Alice's client, logged in."""
    User.objects.create_user(ALICE, PASSWORD)
    client = Client()
    send_login(client, ALICE)
    return client


def change(client: Client, old: str = PASSWORD, new: str = NEW, again: str = NEW) -> Any:
    values = {"old_password": old, "new_password1": new, "new_password2": again}
    return client.post("/password/", values)


def test_only_new_password_logs_in_after_change(alice: Client) -> None:
    response = change(alice)
    assert (response.status_code, response["Location"]) == (302, "/password/changed/")
    assert "The password is changed" in text(alice.get("/password/changed/"))
    assert is_let_in(ALICE, NEW)
    assert not is_let_in(ALICE, PASSWORD)


def test_password_change_keeps_own_login_with_new_session_key(alice: Client) -> None:
    before = alice.session.session_key
    change(alice)
    assert alice.get("/password/").status_code == 200
    assert alice.session.session_key != before


def test_password_change_ends_other_sessions(alice: Client) -> None:
    other = Client()
    send_login(other, ALICE)
    assert other.get("/password/").status_code == 200
    change(alice)
    assert other.get("/password/").status_code == 302


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"old": "wrong"}, "This is not your password."),
        ({"old": ""}, "Fill in this field."),
        ({"again": "another"}, "The two passwords differ."),
        ({"new": "short", "again": "short"}, "This password is too short."),
        ({"new": "password1", "again": "password1"}, "This password is too common."),
        ({"new": "alice123", "again": "alice123"}, "too similar to the user ID or the name"),
        ({"new": "", "again": ""}, "Fill in this field."),
    ],
)
def test_invalid_password_change_rejected(alice: Client, values: dict[str, str], complaint: str) -> None:
    before = User.objects.values_list("password", flat=True).get()
    response = change(alice, **values)
    assert response.status_code == 200
    assert complaint in text(response)
    assert User.objects.values_list("password", flat=True).get() == before


def test_guesses_of_old_password_are_limited(alice: Client) -> None:
    assert [change(alice, "wrong").status_code for _ in range(5)] == [200, 200, 200, 200, 429]
    assert change(alice).status_code == 429
    assert User.objects.get().check_password(PASSWORD)


def test_password_change_needs_own_session(alice: Client) -> None:
    mallory = Client()
    assert change(mallory)["Location"] == "/login/?next=/password/"
    alice.handler.enforce_csrf_checks = True
    assert change(alice).status_code == 403
    assert User.objects.get().check_password(PASSWORD)
    assert who(alice) == ALICE
