"""A browser session that ends takes its sockets with it, and nobody gets in between."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.test import Client, RequestFactory
from django.utils import timezone

from accounts.account_status import EVERYTHING, Change, session_digest
from accounts.models import User
from accounts.services import end_sessions, set_account_status
from accounts.signals import account_status_changed

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"
Events = list[tuple[str, Change, bool]]


@pytest.fixture
def events() -> Iterator[Events]:
    """What is told, and whether a browser session was there when it was."""
    received: Events = []

    def note(userid: str, change: Change, **_: Any) -> None:
        received.append((userid, change, Session.objects.exists()))

    account_status_changed.connect(note)
    yield received
    account_status_changed.disconnect(note)


@pytest.fixture
def bob(client: Client) -> Client:
    client.force_login(User.objects.create_user("bob", is_staff=True, is_superuser=True))
    return client


def test_logging_out_ends_the_sessions_sockets(bob: Client, events: Events) -> None:
    digest = session_digest(str(bob.session.session_key))
    assert bob.post("/admin/logout/").status_code == 302
    assert events == [("bob", Change(ended=digest), False)]


@pytest.mark.django_db(transaction=True)
def test_a_session_that_cannot_be_ended_on_sockets_goes_on(bob: Client) -> None:
    def fail(**_: Any) -> None:
        raise RuntimeError

    account_status_changed.connect(fail)
    try:
        with pytest.raises(RuntimeError):
            bob.post("/admin/logout/")
    finally:
        account_status_changed.disconnect(fail)
    assert bob.get("/admin/").status_code == 200


def test_logout_of_anonymous_ends_nothing(client: Client, events: Events, rf: RequestFactory) -> None:
    client.post("/admin/logout/")
    request = rf.get("/")
    request.session = client.session
    logout(request)
    assert events == []


def test_login_of_another_person_ends_session(bob: Client, events: Events) -> None:
    digest = session_digest(str(bob.session.session_key))
    User.objects.create_superuser("root", PASSWORD)
    bob.post("/admin/login/", {"username": "root", "password": PASSWORD, "next": "/admin/"})
    assert bob.session["_auth_user_id"] == "root"
    assert [(userid, change) for userid, change, _ in events] == [("bob", Change(ended=digest))]


def test_repeated_login_keeps_sockets(bob: Client, events: Events) -> None:
    bob.force_login(User.objects.get(pk="bob"))
    assert events == []


def test_login_in_anonymous_session_ends_no_session(client: Client, events: Events) -> None:
    prepared = client.session
    prepared["said"] = "something"
    prepared.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = str(prepared.session_key)
    client.force_login(User.objects.create_user("bob"))
    assert client.session["said"] == "something"
    assert events == []


def test_expired_sessions_are_cleared_silently(bob: Client, events: Events) -> None:
    Session.objects.update(expire_date=timezone.now())
    call_command("clearsessions")
    assert not Session.objects.exists()
    assert events == []


def test_unreadable_sessions_are_cleared_silently(bob: Client, events: Events) -> None:
    Session.objects.update(session_data="nonsense")
    Session.objects.all().delete()
    assert events == []


def test_end_sessions_can_end_all(bob: Client, events: Events) -> None:
    end_sessions("bob", EVERYTHING)
    assert [(userid, change) for userid, change, _ in events] == [("bob", Change(ended=EVERYTHING))]


def test_ban_logs_the_person_out_of_the_browser(bob: Client) -> None:
    assert bob.get("/admin/").status_code == 200
    set_account_status("bob", banned=True)
    assert bob.get("/admin/").headers["Location"].startswith("/admin/login/")
    set_account_status("bob", banned=False)
    assert bob.get("/admin/").headers["Location"].startswith("/admin/login/")
    bob.force_login(User.objects.get(pk="bob"))
    assert bob.get("/admin/").status_code == 200
