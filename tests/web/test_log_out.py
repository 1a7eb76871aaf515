"""Logging out in the browser."""

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client

from accounts.models import User
from tests.support.accounts import ALICE, PASSWORD, send_login, who

pytestmark = [pytest.mark.usefixtures("cheap_passwords"), pytest.mark.django_db]


@pytest.fixture
def alice() -> Client:
    """Return Alice's client, logged in."""
    User.objects.create_user(ALICE, PASSWORD)
    client = Client(enforce_csrf_checks=False)
    send_login(client, ALICE)
    return client


def test_logout_ends_the_session(alice: Client) -> None:
    response = alice.post("/logout/")
    assert (response.status_code, response["Location"]) == (302, "/login/")
    assert not who(alice)


def test_logout_invalidates_copied_cookie(alice: Client) -> None:
    key = alice.cookies[settings.SESSION_COOKIE_NAME].value
    alice.post("/logout/")
    thief = Client()
    thief.cookies[settings.SESSION_COOKIE_NAME] = key
    assert not who(thief)
    assert not Session.objects.filter(pk=key).exists()


def test_logout_keeps_other_sessions(alice: Client) -> None:
    other = Client()
    send_login(other, ALICE)
    alice.post("/logout/")
    assert who(other) == ALICE


def test_logout_by_get_is_refused(alice: Client) -> None:
    assert alice.get("/logout/").status_code == 405
    assert who(alice) == ALICE


def test_logout_rejects_foreign_form(alice: Client) -> None:
    alice.handler.enforce_csrf_checks = True
    assert alice.post("/logout/").status_code == 403
    assert who(alice) == ALICE


def test_logout_rejects_foreign_redirect(alice: Client) -> None:
    assert alice.post("/logout/", {"next": "https://evil.example/"})["Location"] == "/login/"


def test_anonymous_logout_is_accepted(client: Client) -> None:
    assert client.post("/logout/").status_code == 302
