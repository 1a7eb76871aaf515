"""A browser session that ends takes its sockets with it, and nobody gets in between."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth import logout
from django.contrib.sessions.models import Session
from django.test import Client, RequestFactory

from accounts.models import User
from accounts.services import end_sessions, set_standing
from accounts.signals import standing_changed
from accounts.standing import EVERYTHING, Change, session_digest

pytestmark = pytest.mark.django_db

Told = list[tuple[str, Change, bool]]


@pytest.fixture
def told() -> Iterator[Told]:
    """What is told, and whether a browser session was there when it was."""
    found: Told = []

    def note(userid: str, change: Change, **_: Any) -> None:
        found.append((userid, change, Session.objects.exists()))

    standing_changed.connect(note)
    yield found
    standing_changed.disconnect(note)


@pytest.fixture
def bob(client: Client) -> Client:
    client.force_login(User.objects.create_user("bob", is_staff=True, is_superuser=True))
    return client


def test_it_works(bob: Client, told: Told) -> None:
    digest = session_digest(str(bob.session.session_key))
    assert bob.post("/admin/logout/").status_code == 200
    assert told == [("bob", Change(ended=digest), False)]


def test_a_session_that_cannot_be_ended_on_sockets_goes_on(bob: Client) -> None:
    def fail(**_: Any) -> None:
        raise RuntimeError

    standing_changed.connect(fail)
    try:
        with pytest.raises(RuntimeError):
            bob.post("/admin/logout/")
    finally:
        standing_changed.disconnect(fail)
    assert bob.get("/admin/").status_code == 200


def test_where_nobody_is_logged_in_nothing_ends(client: Client, told: Told, rf: RequestFactory) -> None:
    client.post("/admin/logout/")
    request = rf.get("/")
    request.session = client.session
    logout(request)
    assert told == []


def test_all_can_end_at_once(bob: Client, told: Told) -> None:
    end_sessions("bob", EVERYTHING)
    assert [(userid, change) for userid, change, _ in told] == [("bob", Change(ended=EVERYTHING))]


def test_a_locked_person_is_nobody_in_the_browser(bob: Client) -> None:
    assert bob.get("/admin/").status_code == 200
    set_standing("bob", locked=True)
    assert bob.get("/admin/").headers["Location"].startswith("/admin/login/")
    set_standing("bob", locked=False)
    assert bob.get("/admin/").status_code == 200
