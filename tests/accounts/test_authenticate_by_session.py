"""Who a userid is, if a browser session proves it."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, logout
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, strategies
from hypothesis import settings as hypothesis_settings
from pytest_django import Settings

from accounts.account_status import session_digest
from accounts.authentication import browser_sessions
from accounts.authentication.authentication import (
    AccountBanned,
    Claim,
    Person,
    UnknownPerson,
    after_proof,
    asks_database,
    authenticate,
    authenticate_all,
    check_proof,
    claim_asks_database,
    claim_of,
    holder_of,
    prove,
)
from accounts.authentication.proofs import BadToken, Fault, Proof, ProofKind, Scope, token_proof
from accounts.models import User
from accounts.services import set_account_status
from tests.support.sessions import by_session, session_of
from tests.support.settings import override
from tests.support.tokens import SECRET, token

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def token_mode(settings: Settings) -> None:
    override(settings, auth="token", token_secret=SECRET, token_leeway_seconds=0.0)


@pytest.fixture(autouse=True)
def alice() -> User:
    User.objects.create_user("bob")
    return User.objects.create_user("alice", PASSWORD)


def claim(userid: str, key: str) -> Claim:
    return Claim(userid, by_session(key))


def fault(key: str, userid: str = "alice") -> Fault:
    """Why a session is not believed, whichever way is asked."""
    faults = set()
    for ask in (authenticate, prove):
        with pytest.raises(BadToken) as raised:
            ask(claim(userid, key))
        faults.add(raised.value.fault)
    assert len(faults) == 1
    return faults.pop()


def test_session_authenticates_its_person() -> None:
    key = session_of("alice")
    person = Person("alice", muted=False, delivered_id=0, session=session_digest(key))
    assert authenticate(claim("alice", key)) == person
    assert holder_of(by_session(key), Scope.GROUPS) == person
    check_proof(by_session(key), Scope.UPLOADS)


def test_a_session_from_before_a_lock_does_not_count_after_it() -> None:
    key = session_of("alice")
    set_account_status("alice", banned=True, reason="spam")
    assert prove(claim("alice", key)).profile.userid == "alice"
    with pytest.raises(AccountBanned) as raised:
        authenticate(claim("alice", key))
    assert raised.value.explanation == "spam"
    set_account_status("alice", banned=False)
    assert fault(key) == Fault.SESSION_ENDED
    assert authenticate(claim("alice", session_of("alice"))).userid == "alice"


def test_django_session_cookie_authenticates(client: Client) -> None:
    client.force_login(User.objects.get(pk="alice"))
    assert authenticate(claim("alice", client.cookies["sessionid"].value)).userid == "alice"


def test_session_counts_until_it_expires() -> None:
    key = session_of("alice", seconds=60)
    expires_at = prove(claim("alice", key)).expires_at
    assert expires_at == Session.objects.get(pk=key).expire_date.timestamp()
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert fault(key) == Fault.SESSION_ENDED


@pytest.mark.promise("proof-2")
def test_session_of_another_person_rejected() -> None:
    assert fault(session_of("alice"), "bob") == Fault.OF_ANOTHER
    assert fault(session_of("alice"), "Alice") == Fault.OF_ANOTHER


def test_session_ends_at_logout(client: Client) -> None:
    client.force_login(User.objects.get(pk="alice"))
    key = client.cookies["sessionid"].value
    request = HttpRequest()
    request.session = client.session
    logout(request)
    assert fault(key) == Fault.SESSION_ENDED


def test_session_is_checked_again_after_proof() -> None:
    login = claim("alice", session_of("alice"))
    known = after_proof(login, prove(login))
    Session.objects.all().delete()
    with pytest.raises(BadToken):
        authenticate(known)


def test_session_ends_with_password_change(alice: User) -> None:
    key = session_of("alice")
    alice.set_password("another horse")
    alice.save()
    assert fault(key) == Fault.SESSION_ENDED
    assert authenticate(claim("alice", session_of("alice"))).userid == "alice"


def test_session_survives_secret_key_rotation(settings: Settings, client: Client) -> None:
    """A page in between does not replace the session, which would end its sockets."""
    client.force_login(User.objects.get(pk="alice"))
    key, unsigned = client.cookies["sessionid"].value, session_of("alice")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "k" * 50, [settings.SECRET_KEY]
    assert client.get("/password/").status_code == 200
    assert client.cookies["sessionid"].value == key
    Session.objects.filter(pk=unsigned).update(session_data="of another key")
    assert browser_sessions.sign_again() == 1
    settings.SECRET_KEY_FALLBACKS = []
    assert authenticate(claim("alice", key)).userid == "alice"
    settings.SECRET_KEY = "l" * 50
    assert fault(key) == Fault.SESSION_ENDED


@pytest.mark.promise("proof-2")
@pytest.mark.parametrize(
    "session_data",
    [
        {SESSION_KEY: None},
        {SESSION_KEY: ""},
        {SESSION_KEY: "nobody"},
        {HASH_SESSION_KEY: None},
        {HASH_SESSION_KEY: ""},
        {HASH_SESSION_KEY: "x"},
        {BACKEND_SESSION_KEY: None},
        {BACKEND_SESSION_KEY: "django.contrib.auth.backends.RemoteUserBackend"},
    ],
    ids=str,
)
def test_incomplete_session_proves_nothing(session_data: dict[str, Any], settings: Settings) -> None:
    """A visitor who has not logged in may have a session, too."""
    override(settings, token_creates_users=True)
    key = session_of("alice", **session_data)
    for userid in ("alice", "bob", ""):
        with pytest.raises(BadToken):
            authenticate(claim(userid, key))
    with pytest.raises(BadToken):
        check_proof(by_session(key), Scope.UPLOADS)
    with pytest.raises(BadToken):
        holder_of(by_session(key), Scope.GROUPS)
    assert not User.objects.filter(pk="nobody").exists()


def test_tampered_session_proves_nothing() -> None:
    key = session_of("alice")
    Session.objects.update(session_data=SessionStore().encode({SESSION_KEY: "alice"})[:-1] + "x")
    assert fault(key) == Fault.SESSION_ENDED


def test_banned_person_is_rejected(alice: User) -> None:
    key = session_of("alice")
    User.objects.update(is_active=False)
    with pytest.raises(AccountBanned):
        authenticate(claim("alice", key))
    with pytest.raises(AccountBanned):
        holder_of(by_session(key), Scope.GROUPS)


@pytest.mark.parametrize("key", ["", "x", "X" * 32, "a" * 31, "a" * 33, "é" * 32, "a" * 31 + "\0", "٣" * 32])
def test_malformed_session_key_is_not_queried(key: str, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert fault(key) == Fault.SESSION_ENDED


@given(strategies.text() | strategies.from_regex("[0-9a-z]{32}", fullmatch=True))
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_no_text_of_a_stranger_proves_anything(key: str) -> None:
    assert fault(key) == Fault.SESSION_ENDED


def test_batch_authenticates_each_claim_separately(django_assert_num_queries: Any) -> None:
    from accounts.authentication import api_keys

    backend = Proof(ProofKind.API_KEY, api_keys.make("shop").text)
    good, of_another = claim("alice", session_of("alice")), claim("alice", session_of("bob"))
    ended, unknown = claim("alice", "a" * 32), Claim("erwin", token_proof(token("erwin")))
    by_a_token, by_a_key = Claim("bob", token_proof(token("bob"))), Claim("bob", backend)
    for count, claims, scopes in (
        (1, [by_a_token, unknown], ()),
        (2, [good, of_another, ended, by_a_token], ()),
        (3, [good, of_another, ended, by_a_token, by_a_key, unknown], [Scope.GROUPS]),
    ):
        with django_assert_num_queries(count):
            results = authenticate_all(claims, *scopes)
    assert [results[one].userid for one in (good, by_a_token, by_a_key)] == ["alice", "bob", "bob"]  # type: ignore[union-attr]
    assert [type(results[one]) for one in (of_another, ended, unknown)] == [BadToken, BadToken, UnknownPerson]


def test_database_is_queried_for_sessions_only(django_assert_num_queries: Any) -> None:
    key = session_of("alice")
    assert asks_database(by_session(key))
    assert not asks_database(token_proof("x"))
    assert not asks_database(None)
    with django_assert_num_queries(2):
        prove(claim("alice", key))


def test_open_mode_ignores_browser_sessions(settings: Settings, django_assert_num_queries: Any) -> None:
    override(settings, auth="open")
    key = session_of("bob")
    assert not asks_database(by_session(key))
    with django_assert_num_queries(1):
        assert authenticate(claim("alice", key)) == Person("alice", muted=False, delivered_id=0)


class TestOpenMode:
    """Who names nobody is who has logged in with the browser."""

    @pytest.fixture(autouse=True)
    def open_mode(self, settings: Settings) -> None:
        override(settings, auth="open")

    def test_session_takes_two_queries_in_open_mode(self, django_assert_num_queries: Any) -> None:
        key = session_of("alice")
        login = claim_of(None, by_session(key), "home")
        assert claim_asks_database(login)
        with django_assert_num_queries(2):
            proven = prove(login)
        assert proven.expires_at == Session.objects.get(pk=key).expire_date.timestamp()
        known = after_proof(login, proven)._replace(userid=proven.profile.userid)
        assert authenticate(known) == Person(
            "alice", muted=False, delivered_id=0, session=session_digest(key)
        )

    def test_named_userid_wins_over_session_in_open_mode(self) -> None:
        login = claim_of("bob", by_session(session_of("alice")), "home")
        assert not claim_asks_database(login)
        assert prove(login).profile.userid == "bob"
        assert authenticate(login) == Person("bob", muted=False, delivered_id=0)

    def test_open_mode_login_without_userid_ignores_tokens(self) -> None:
        login = claim_of(None, token_proof(token("alice")), "home")
        assert not claim_asks_database(login)
        with pytest.raises(ValidationError):
            authenticate(login)

    def test_session_creates_no_person(self) -> None:
        session_data: dict[str, Any] = {SESSION_KEY: "nobody"}
        with pytest.raises(BadToken):
            authenticate(claim_of(None, by_session(session_of("alice", **session_data)), "home"))
        assert not User.objects.filter(pk="nobody").exists()

    def test_batch_authenticates_each_claim_separately(self) -> None:
        User.objects.create_user("charlie", is_active=False)
        mine, ended = (claim_of(None, by_session(key), "home") for key in (session_of("alice"), "a" * 32))
        locked, named = claim_of(None, by_session(session_of("charlie")), "home"), Claim("erwin")
        results = authenticate_all([mine, ended, locked, named])
        assert [results[one].userid for one in (mine, named)] == ["alice", "erwin"]  # type: ignore[union-attr]
        assert [type(results[one]) for one in (ended, locked)] == [BadToken, AccountBanned]
