"""Whatever changes a person's standing says so, in the transaction of the change."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth import authenticate, update_session_auth_hash
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client, RequestFactory
from pytest_django import Settings

from accounts.account_status import EVERYTHING, Change, second_of, session_digest
from accounts.models import User
from accounts.selectors import silent_of
from accounts.services import disconnect, ensure_users, set_account_status, set_avatar, warn
from accounts.signals import account_status_changed
from log.models import Message
from tests.support.accounts import QUICK_HASHER
from tests.support.admin import open_form, operator, was_saved

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"
PAGE = "/admin/accounts/user/bob/change/"
LATER = 4_000_000_000
Events = list[tuple[str, Change]]


@pytest.fixture
def bob(db: None) -> User:
    return User.objects.create_user("bob", PASSWORD)


@pytest.fixture
def events() -> Iterator[Events]:
    received: Events = []

    def note(userid: str, change: Change, **_: Any) -> None:
        assert transaction.get_connection().in_atomic_block
        received.append((userid, change))

    account_status_changed.connect(note)
    yield received
    account_status_changed.disconnect(note)


def test_status_change_is_announced(bob: User, events: Events) -> None:
    set_account_status("bob", muted=True)
    set_account_status("bob", banned=True)
    set_account_status("bob", muted=False, banned=False)
    assert events == [
        ("bob", Change(muted=True)),
        ("bob", Change(banned=True)),
        ("bob", Change(muted=False, banned=False)),
    ]
    bob.refresh_from_db()
    assert (bob.muted, bob.is_active) == (False, True)


def test_repeated_status_change_is_not_announced(bob: User, events: Events) -> None:
    set_account_status("bob", muted=True)
    set_account_status("bob", muted=True, banned=False)
    assert len(events) == 1


def test_silent_of_finds_muted_and_banned(bob: User) -> None:
    ensure_users(["alice", "charlie", "dora"])
    set_account_status("bob", muted=True)
    set_account_status("charlie", banned=True)
    set_account_status("dora", muted=True, banned=True)
    assert silent_of({"alice", "bob", "charlie", "nobody"}) == {"bob": False, "charlie": True}
    assert silent_of({"dora"}) == {"dora": True}
    assert silent_of(set()) == {}


def test_end_and_reason_are_announced_and_stored(bob: User, events: Events) -> None:
    set_account_status("bob", muted=True, until=LATER, reason="spam")
    bob.refresh_from_db()
    assert (bob.muted, second_of(bob.muted_until), bob.standing_reason) == (True, LATER, "spam")
    assert events == [("bob", Change(muted=True, until=LATER, reason="spam"))]


@pytest.mark.parametrize("other", [{"until": LATER + 1}, {"reason": "abuse"}, {"until": None}])
@pytest.mark.parametrize("what", ["muted", "banned"])
def test_new_end_or_reason_is_a_change(bob: User, events: Events, what: str, other: dict[str, Any]) -> None:
    first: dict[str, Any] = {what: True, "until": LATER, "reason": "spam"}
    set_account_status("bob", **first)
    assert set_account_status("bob", **first) is None
    set_account_status("bob", **first | other)
    assert events[1:] == [("bob", Change(**first | other))]


def test_lifted_ban_clears_end_and_reason(bob: User) -> None:
    set_account_status("bob", muted=True, banned=True, until=LATER, reason="spam")
    set_account_status("bob", banned=False, reason="sorry")
    bob.refresh_from_db()
    assert (second_of(bob.muted_until), bob.banned_until, bob.standing_reason) == (LATER, None, "spam")
    set_account_status("bob", muted=False)
    bob.refresh_from_db()
    assert (bob.muted_until, bob.standing_reason) == (None, "")


def test_status_change_returns_log_position(bob: User) -> None:
    places = [
        set_account_status("bob", muted=True),
        set_account_status("bob", muted=True),
        warn("bob", "once more and you are out"),
        disconnect("bob", "a stolen phone"),
    ]
    rows = list(Message.objects.order_by("id").values_list("id", flat=True))
    assert places == [rows[0], None, *rows[1:]]


def test_a_warning_and_a_disconnection_change_nothing_else(bob: User, events: Events) -> None:
    before = User.objects.values().get(pk="bob")
    warn("bob", "spam")
    disconnect("bob", "a stolen phone")
    assert events == [
        ("bob", Change(warned=True, reason="spam")),
        ("bob", Change(ended=EVERYTHING, reason="a stolen phone")),
    ]
    assert User.objects.values().get(pk="bob") == before
    for act in (warn, disconnect):
        with pytest.raises(User.DoesNotExist):
            act("charlie", "spam")


def test_missing_person_is_not_created(bob: User, events: Events) -> None:
    with pytest.raises(User.DoesNotExist):
        set_account_status("charlie", muted=True)
    assert events == []


def test_a_new_person_has_no_sessions_that_could_end(events: Events) -> None:
    User.objects.create_user("bob", PASSWORD, muted=True)
    User(userid="charlie", is_active=False).save()
    ensure_users(["dora"])
    assert events == []


def test_save_compares_with_stored_status(bob: User, events: Events) -> None:
    set_account_status("bob", muted=True)
    bob.nickname = "Bob"
    bob.save()  # read before
    assert events[1:] == [("bob", Change(muted=False))]


def test_unsaved_fields_are_not_announced(bob: User, events: Events) -> None:
    bob.muted, bob.is_active = True, False
    bob.set_password("another")
    bob.save(update_fields=["nickname"])
    set_avatar("bob", "https://example.com/a.jpg")
    assert events == []
    bob.save(update_fields=["muted"])
    assert events == [("bob", Change(muted=True))]


def test_save_keeps_fields_of_services(bob: User) -> None:
    set_account_status("bob", banned=True, until=LATER, reason="spam")
    locked = User.objects.get(pk="bob")
    bob.is_active, bob.nickname = False, "Bob"
    bob.save()  # read before
    stored = User.objects.get(pk="bob")
    assert (stored.banned_until, stored.standing_reason) == (locked.banned_until, "spam")
    assert stored.proofs_from == locked.proofs_from > 0


def test_a_change_by_saving_has_no_end_and_no_reason(bob: User) -> None:
    set_account_status("bob", muted=True, until=LATER, reason="spam")
    bob.refresh_from_db()
    bob.muted, bob.is_active = False, False
    before = time.time()
    bob.save(update_fields=["muted", "is_active"])
    bob.refresh_from_db()
    assert (bob.muted_until, bob.banned_until, bob.standing_reason) == (None, None, "")
    assert bob.proofs_from > before


def test_failed_announcement_rolls_change_back(bob: User) -> None:
    def fail(**_: Any) -> None:
        raise RuntimeError

    account_status_changed.connect(fail)
    try:
        with pytest.raises(RuntimeError):
            set_account_status("bob", banned=True)
    finally:
        account_status_changed.disconnect(fail)
    assert User.objects.get(pk="bob").is_active


class TestThePassword:
    def test_a_new_one_ends_everything(self, bob: User, events: Events) -> None:
        bob.set_password("another")
        bob.save()
        assert events == [("bob", Change(ended=EVERYTHING))]

    def test_unusable_password_ends_sessions(self, bob: User, events: Events) -> None:
        bob.set_unusable_password()
        bob.save()
        assert events == [("bob", Change(ended=EVERYTHING))]

    def test_changepassword_command_ends_sessions(
        self, bob: User, events: Events, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("getpass.getpass", lambda prompt: "quite another one")
        call_command("changepassword", "bob", verbosity=0)
        assert events == [("bob", Change(ended=EVERYTHING))]

    def test_login_announces_no_status_change(
        self, bob: User, events: Events, client: Client, rf: RequestFactory
    ) -> None:
        assert client.login(request=rf.get("/"), username="bob", password=PASSWORD)
        bob.refresh_from_db()
        assert bob.last_login
        assert events == []

    def test_password_rehash_keeps_sessions(
        self, bob: User, events: Events, settings: Settings, rf: RequestFactory
    ) -> None:
        settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher", QUICK_HASHER]
        assert authenticate(rf.get("/"), username="bob", password=PASSWORD)
        bob.refresh_from_db()
        assert bob.password.startswith("pbkdf2")
        assert events == []
        bob.set_password("another")
        bob.save()
        assert events == [("bob", Change(ended=EVERYTHING))]

    @pytest.mark.django_db(transaction=True)
    async def test_async_password_rehash_keeps_sessions(self, settings: Settings, events: Events) -> None:
        bob = await User.objects.acreate(userid="bob", password="")
        bob.set_password(PASSWORD)
        await bob.asave()
        events.clear()
        settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher", QUICK_HASHER]
        assert await bob.acheck_password(PASSWORD)
        assert bob.password.startswith("pbkdf2")
        assert events == []
        # Other tests want the database for themselves.
        await sync_to_async(lambda: connection.close())()

    def test_a_session_that_survives_in_the_browser_ends_on_sockets(
        self, bob: User, events: Events, client: Client, rf: RequestFactory
    ) -> None:
        client.force_login(bob)
        request = rf.get("/")
        request.session, request.user = client.session, bob
        digest = session_digest(str(client.session.session_key))
        bob.set_password("another")
        bob.save()
        assert events == [("bob", Change(ended=EVERYTHING))]
        # It goes on under another key, and the one before ends.
        update_session_auth_hash(request, bob)
        assert events[1:] == [("bob", Change(ended=digest))]


class TestTheAdmin:
    def test_the_form_of_a_person_changes_nothing_of_it(self, bob: User, events: Events) -> None:
        """That is done at the desk, for a reason."""
        client = operator()
        fields = open_form(client, PAGE)
        assert was_saved(client.post(PAGE, {**fields, "muted": "on", "is_active": ""}))
        assert events == []

    def test_the_form_of_a_password(self, bob: User, events: Events) -> None:
        values = {"usable_password": "true", "password1": "quite another", "password2": "quite another"}
        client = operator()
        digest = session_digest(str(client.session.session_key))
        assert client.post(PAGE.replace("change", "password"), values).status_code == 302
        # Django gives the session of whoever did it another key.
        assert events == [("bob", Change(ended=EVERYTHING)), ("admin", Change(ended=digest))]
