"""A trusted backend acts for any user, with a key that is stored as a hash."""

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, strategies
from hypothesis import settings as hypothesis_settings
from pytest_django import Settings

from accounts.authentication import api_keys
from accounts.authentication.authentication import (
    AccountBanned,
    Claim,
    Person,
    UnknownPerson,
    asks_database,
    authenticate,
    check_proof,
    holder_of,
    prove,
)
from accounts.authentication.proofs import BadToken, Fault, Proof, ProofKind, Scope
from accounts.models import ApiKey, User
from tests.support.settings import override
from tests.support.tokens import SECRET, token
from tests.support.waiting import until

ALICE = Person("alice", muted=False, delivered_id=0)


@pytest.fixture(autouse=True)
def token_mode(settings: Settings) -> None:
    override(settings, auth="token", token_secret=SECRET, token_leeway_seconds=0.0)


@pytest.fixture(autouse=True)
def alice(db: None) -> User:
    return User.objects.create_user("alice")


def by_key(text: str) -> Proof:
    return Proof(ProofKind.API_KEY, text)


def faults(text: str, *scopes: Scope) -> set[Fault]:
    """Why a key is not believed, by all ways to ask."""
    proof, results = by_key(text), set()
    first = scopes[0] if scopes else Scope.GROUPS
    ways: list[Callable[[], object]] = [
        lambda: check_proof(proof, *scopes),
        lambda: authenticate(Claim("alice", proof), *scopes),
        lambda: holder_of(proof, first),
        lambda: holder_of(proof, first, "alice"),
    ]
    for ask in ways:
        with pytest.raises(BadToken) as raised:
            ask()
        results.add(raised.value.fault)
    return results


def test_a_key_acts_for_any_user_within_its_scopes() -> None:
    proof = by_key(api_keys.make("shop").text)
    check_proof(proof, Scope.UPLOADS, Scope.USERS)
    assert authenticate(Claim("alice", proof), Scope.GROUPS) == ALICE
    assert holder_of(proof, Scope.GROUPS, "alice") == ALICE
    assert holder_of(proof, Scope.GROUPS) is None, "it is the operator"


def test_key_check_uses_one_query(
    django_assert_num_queries: Any, django_capture_on_commit_callbacks: Any
) -> None:
    proof = by_key(api_keys.make("shop").text)
    assert asks_database(proof)
    with django_assert_num_queries(1):
        check_proof(proof, Scope.GROUPS)
    with django_assert_num_queries(2):
        authenticate(Claim("alice", proof), Scope.GROUPS)
    with django_capture_on_commit_callbacks(execute=True):
        holder_of(proof, Scope.GROUPS)
    with django_assert_num_queries(1):
        holder_of(proof, Scope.GROUPS)


def test_key_is_stored_as_hash() -> None:
    key = api_keys.make("shop")
    secret = key.text.rpartition(".")[2]
    assert len(secret) == 43
    assert secret not in str(ApiKey.objects.values().get())
    assert ApiKey.objects.get().text == ""
    assert key.text not in repr(by_key(key.text))


def test_new_api_keys_differ() -> None:
    first, second = api_keys.make("shop"), api_keys.make("shop")
    assert first.text != second.text
    assert first.public_id != second.public_id


def test_default_scopes_leave_out_moderation() -> None:
    assert api_keys.make("shop").allowed == {"messages", "groups", "users", "uploads"}
    assert api_keys.make("shop", ["moderate"]).allowed == {"moderate"}


def test_key_is_rejected_out_of_scope() -> None:
    text = api_keys.make("shop", [Scope.GROUPS]).text
    check_proof(by_key(text), Scope.GROUPS)
    for scopes in ([Scope.UPLOADS], [Scope.UPLOADS, Scope.GROUPS]):
        assert faults(text, *scopes) == {Fault.OUT_OF_SCOPE}


def test_key_is_rejected_without_named_scope() -> None:
    """On sockets."""
    proof = by_key(api_keys.make("shop", list(Scope)).text)
    for ask in (lambda: authenticate(Claim("alice", proof)), lambda: prove(Claim("alice", proof))):
        with pytest.raises(BadToken):
            ask()


def test_key_can_be_revoked() -> None:
    key = api_keys.make("shop")
    api_keys.revoke(key)
    assert faults(key.text, Scope.GROUPS) == {Fault.REVOKED_KEY}
    revoked_at = ApiKey.objects.get().revoked_at
    api_keys.revoke(key)
    assert ApiKey.objects.get().revoked_at == revoked_at


def test_forged_api_key_is_rejected() -> None:
    key, other = api_keys.make("shop"), api_keys.make("other")
    prefix, public_id, secret = key.text.split(".")
    for text in (
        f"{prefix}.{public_id}.{other.text.rpartition('.')[2]}",
        f"{prefix}.{other.public_id}.{secret}",
        f"{prefix}.{'0' * 16}.{secret}",
        f"{prefix}.{public_id}.{secret}x",
        f"{prefix}.{public_id}.{secret}\n",
        f"{prefix}.{public_id.upper()}.{secret}",
        f"{prefix}.{public_id}.{secret.swapcase()}",
        f"{prefix}.{public_id}.{key.digest}",
        f"{prefix}.{public_id}.",
        key.digest,
        public_id,
        token("alice"),
        "",
    ):
        assert faults(text, Scope.GROUPS) == {Fault.BAD_KEY}


@given(strategies.text() | strategies.from_regex(r"im66key\.[0-9a-f]{16}\.[A-Za-z0-9_-]{43}", fullmatch=True))
@hypothesis_settings(
    max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
def test_arbitrary_text_is_no_api_key(text: str) -> None:
    assert faults(text, Scope.GROUPS) == {Fault.BAD_KEY}


def test_key_cannot_act_for_banned_or_unknown_person(
    settings: Settings, django_assert_num_queries: Any, django_capture_on_commit_callbacks: Any
) -> None:
    override(settings, token_creates_users=True)
    proof = by_key(api_keys.make("shop").text)
    User.objects.create_user("mallory", is_active=False)
    with django_capture_on_commit_callbacks(execute=True), pytest.raises(AccountBanned):
        holder_of(proof, Scope.GROUPS, "mallory")
    for userid, queries in (("nobody", 2), ("a_b", 1), ("a\0b", 1), ("x" * 65, 1), (" ", 1)):
        with django_assert_num_queries(queries), pytest.raises(UnknownPerson):
            holder_of(proof, Scope.GROUPS, userid)
    assert User.objects.count() == 2


@pytest.mark.parametrize("privilege", ["is_staff", "is_superuser"])
def test_key_cannot_act_for_staff(privilege: str) -> None:
    """Also for somebody who has become that since."""
    proof = by_key(api_keys.make("shop", list(Scope)).text)
    assert holder_of(proof, Scope.MESSAGES, "alice") == ALICE
    User.objects.filter(pk="alice").update(**{privilege: True})
    with pytest.raises(BadToken) as raised:
        holder_of(proof, Scope.MESSAGES, "alice")
    assert raised.value.fault is Fault.FOR_STAFF
    with pytest.raises(BadToken) as raised:
        authenticate(Claim("alice", proof), Scope.MESSAGES)
    assert raised.value.fault is Fault.FOR_STAFF
    assert holder_of(proof, Scope.MODERATE, "alice") == ALICE, "on their behalf, under the key's own name"


def test_open_mode_ignores_api_keys(settings: Settings, django_assert_num_queries: Any) -> None:
    override(settings, auth="open")
    proof = by_key("x")
    assert not asks_database(proof)
    check_proof(proof, Scope.UPLOADS)
    assert holder_of(proof, Scope.GROUPS, "bob") is None
    with django_assert_num_queries(1):
        assert authenticate(Claim("alice", proof)) == ALICE


@pytest.mark.django_db(transaction=True)
class TestLastUse:
    @pytest.fixture
    def key(self) -> ApiKey:
        return api_keys.make("shop")

    def use(self, key: ApiKey) -> None:
        holder_of(by_key(key.text), Scope.GROUPS)

    def seen(self) -> datetime | None:
        return ApiKey.objects.get().seen_at

    def test_last_use_is_written(self, key: ApiKey) -> None:
        assert self.seen() is None
        self.use(key)
        until(lambda: self.seen() is not None)
        assert timezone.now() - timedelta(minutes=1) < self.seen() <= timezone.now()  # type: ignore[operator]

    def test_last_use_is_written_once_a_minute(self, key: ApiKey, monkeypatch: pytest.MonkeyPatch) -> None:
        written: list[str] = []
        monkeypatch.setattr(api_keys.last_uses, "_add", lambda public_id, at: written.append(public_id))
        for seconds, count in ((59, 0), (61, 1)):
            ApiKey.objects.update(seen_at=timezone.now() - timedelta(seconds=seconds))
            self.use(key)
            assert len(written) == count

    def test_last_use_is_written_once_a_minute_across_processes(self, key: ApiKey) -> None:
        now = timezone.now()
        ApiKey.objects.update(seen_at=now)
        api_keys._write(key.public_id, now + timedelta(seconds=59))
        assert self.seen() == now
        api_keys._write(key.public_id, now + timedelta(seconds=61))
        assert self.seen() == now + timedelta(seconds=61)

    def test_call_does_not_wait_until_the_key_use_is_stored(
        self, key: ApiKey, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        is_writing, may_write = threading.Event(), threading.Event()

        def write(public_id: str, at: datetime) -> None:
            is_writing.set()
            may_write.wait(10)

        monkeypatch.setattr(api_keys, "_write", write)
        for _ in range(3):
            self.use(key)
            assert is_writing.wait(10)
        may_write.set()

    def test_a_refused_one_is_no_use(self, key: ApiKey, monkeypatch: pytest.MonkeyPatch) -> None:
        noted: list[ApiKey] = []
        monkeypatch.setattr(api_keys.last_uses, "note", lambda key, at: noted.append(key))
        faults(key.text, Scope.MODERATE)
        api_keys.revoke(key)
        faults(key.text, Scope.GROUPS)
        assert noted == []

    def test_failed_last_use_logs_one_line(
        self, key: ApiKey, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        def fail(public_id: str, at: datetime) -> None:
            raise OSError("the disk is gone")

        with monkeypatch.context() as patched, caplog.at_level(logging.ERROR):
            patched.setattr(api_keys, "_write", fail)
            self.use(key)
            until(lambda: bool(caplog.records))
        assert caplog.messages == ["The last use of an API key could not be written: the disk is gone"]
        self.use(key)
        until(lambda: self.seen() is not None)
