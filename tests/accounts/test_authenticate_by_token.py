"""Who a userid is, if it has to be proven."""

import time
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from accounts.authentication import keys, tokens
from accounts.authentication.authentication import (
    AccountBanned,
    Claim,
    Person,
    UnknownPerson,
    after_proof,
    authenticate,
    authenticate_all,
    check_proof,
    holder_of,
    prepare,
    prove,
)
from accounts.authentication.proofs import BadToken, Fault, Scope, token_proof
from accounts.limits.limits import TooFast
from accounts.models import User
from accounts.services import ensure_users, set_account_status
from tests.support.settings import override
from tests.support.tokens import SECRET, pem, rsa_key, signed, token

pytestmark = pytest.mark.django_db
ALICE = Person("alice", muted=False, delivered_id=0)


@pytest.fixture(autouse=True)
def token_mode(settings: Settings) -> None:
    override(settings, auth="token", token_secret=SECRET, token_leeway_seconds=0.0)


def claim(userid: str, text: str | None = None) -> Claim:
    return Claim(userid, token_proof(text))


def holder(text: str | None) -> Person | None:
    """Who makes a call with this token."""
    return holder_of(token_proof(text), Scope.GROUPS)


def fault(claim: Claim) -> Fault:
    with pytest.raises(BadToken) as raised:
        authenticate(claim)
    return raised.value.fault


def test_token_authenticates_its_person() -> None:
    ensure_users(["alice"])
    assert authenticate(claim("alice", token("alice"))) == ALICE
    assert holder(token("alice")) == ALICE
    check_proof(token_proof(token("alice")))


def test_a_token_that_was_verified_is_not_verified_again(monkeypatch: pytest.MonkeyPatch) -> None:
    ensure_users(["alice"])
    login = claim("alice", token("alice"))
    known = after_proof(login, prove(login))
    monkeypatch.setattr(tokens, "verify", None)
    assert authenticate(known) == ALICE
    with pytest.raises(TypeError):
        authenticate(login)


def test_password_change_ends_earlier_tokens() -> None:
    before = claim("alice", token("alice", iat=time.time() - 5))
    alice = User.objects.create_user("alice", "correct horse battery")
    assert authenticate(before) == ALICE
    alice.set_password("another horse battery")
    alice.save()
    assert fault(before) == Fault.SESSION_ENDED


def test_person_banned_after_proof_is_rejected() -> None:
    ensure_users(["alice"])
    login = claim("alice", token("alice"))
    known = after_proof(login, prove(login))
    User.objects.update(is_active=False)
    with pytest.raises(AccountBanned):
        authenticate(known)


def test_ban_error_has_end_and_reason() -> None:
    ensure_users(["alice"])
    set_account_status("alice", banned=True, until=4_000_000_000, reason="spam")
    with pytest.raises(AccountBanned) as raised:
        authenticate(claim("alice", token("alice")))
    assert (raised.value.until, raised.value.explanation) == (4_000_000_000, "spam")


@pytest.mark.promise("token-8")
@pytest.mark.parametrize("age", [5, 0])
def test_token_counts_if_it_was_made_after_the_last_ban(age: int) -> None:
    ensure_users(["alice", "bob"])
    iat = time.time() - age
    before = claim("alice", token("alice", iat=iat))
    assert authenticate(before) == ALICE
    set_account_status("alice", banned=True)
    set_account_status("alice", banned=False)
    assert authenticate(claim("alice", token("alice"))) == ALICE
    assert fault(before) == fault(after_proof(before, prove(before))) == Fault.SESSION_ENDED
    assert authenticate(claim("bob", token("bob", iat=iat))).userid == "bob"


@pytest.mark.promise("token-8")
def test_token_in_whole_seconds_waits_until_the_second_of_the_end_is_over(settings: Settings) -> None:
    override(settings, token_leeway_seconds=10.0)
    User.objects.create_user("alice", tokens_from=1000.5)
    assert fault(claim("alice", token("alice", iat=1000))) == Fault.SESSION_ENDED
    assert authenticate(claim("alice", token("alice", iat=1001))) == ALICE
    second = int(time.time()) + 5
    User.objects.update(tokens_from=second + 0.5)
    with pytest.raises(TooFast):
        authenticate(claim("alice", token("alice", iat=second)))
    for iat in (second - 1, second + 0.4):
        assert fault(claim("alice", token("alice", iat=iat))) == Fault.SESSION_ENDED
    for iat in (second + 0.6, second + 1):
        assert authenticate(claim("alice", token("alice", iat=iat))) == ALICE


def test_login_without_valid_token_rejected() -> None:
    ensure_users(["alice"])
    assert fault(claim("alice")) == Fault.MISSING
    assert fault(claim("alice", "alice")) == Fault.BAD
    assert fault(claim("alice", token("alice", seconds=-1))) == Fault.EXPIRED
    for text in (None, "", "alice"):
        with pytest.raises(BadToken):
            holder(text)
        with pytest.raises(BadToken):
            check_proof(token_proof(text))


@pytest.mark.promise("token-3")
def test_token_of_another_person_rejected() -> None:
    ensure_users(["alice", "bob"])
    assert fault(claim("alice", token("bob"))) == Fault.OF_ANOTHER
    assert fault(claim("Alice", token("alice"))) == Fault.OF_ANOTHER


def test_the_proof_is_checked_without_the_database(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert prove(claim("alice", token("alice", exp=4_000_000_000))).expires_at == 4_000_000_000
        with pytest.raises(BadToken):
            prove(claim("alice"))


def test_unknown_person_is_not_created() -> None:
    with pytest.raises(UnknownPerson):
        authenticate(claim("alice", token("alice")))
    with pytest.raises(UnknownPerson):
        holder(token("alice"))
    assert not User.objects.exists()


def test_banned_person_is_rejected() -> None:
    User.objects.create_user("mallory", is_active=False)
    with pytest.raises(AccountBanned):
        authenticate(claim("mallory", token("mallory")))
    with pytest.raises(AccountBanned):
        holder(token("mallory"))


def test_batch_authenticates_each_claim_separately(django_assert_num_queries: Any) -> None:
    ensure_users(["alice", "bob"])
    User.objects.create_user("mallory", is_active=False)
    good, locked, unknown = (claim(name, token(name)) for name in ("alice", "mallory", "erwin"))
    bad, of_another = claim("bob", "x"), claim("bob", token("alice"))
    with django_assert_num_queries(1):
        results = authenticate_all([good, locked, unknown, bad, of_another])
    assert results.pop(good) == ALICE
    assert [type(results[claim]) for claim in (locked, unknown, bad, of_another)] == [
        AccountBanned,
        UnknownPerson,
        BadToken,
        BadToken,
    ]


def test_token_signed_by_a_public_key_authenticates(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_bytes(pem(rsa_key()))
    override(settings, token_secret="", token_keys=str(path))
    ensure_users(["alice"])
    assert authenticate(claim("alice", signed(rsa_key(), "RS256"))) == ALICE
    assert fault(claim("alice", signed(rsa_key(1), "RS256"))) == Fault.BAD
    assert fault(claim("alice", token("alice"))) == Fault.BAD


def test_token_audience_and_issuer_are_checked(settings: Settings) -> None:
    override(settings, token_audience="chat", token_issuer="host")
    ensure_users(["alice"])
    assert authenticate(claim("alice", token("alice", aud="chat", iss="host"))) == ALICE
    assert fault(claim("alice", token("alice", aud="shop", iss="host"))) == Fault.BAD
    assert fault(claim("alice", token("alice", aud="chat", iss="guest"))) == Fault.BAD


class TestCreatingPeople:
    @pytest.fixture(autouse=True)
    def creates(self, settings: Settings) -> None:
        override(settings, token_creates_users=True)

    def test_a_token_does(self) -> None:
        claims: dict[str, Any] = {"nickname": "爱丽丝", "avatar": "https://host.example/a.png"}
        assert authenticate(claim("alice", token("alice", **claims))) == ALICE
        user = User.objects.get()
        assert (user.pk, user.nickname, user.avatar) == ("alice", claims["nickname"], claims["avatar"])
        assert not user.has_usable_password()

    def test_call_with_a_token_creates_its_person(self) -> None:
        assert holder(token("alice")) == ALICE

    def test_a_bad_token_does_not(self) -> None:
        fault(claim("alice", token("alice", "another-secret-of-somebody-else-entirely")))
        fault(claim("alice", token("bob")))
        assert not User.objects.exists()

    @pytest.mark.promise("token-login-2")
    def test_existing_nickname_is_kept(self) -> None:
        User.objects.create_user("alice", nickname="Alice")
        authenticate(claim("alice", token("alice", nickname="Another")))
        assert User.objects.get().nickname == "Alice"

    @pytest.mark.parametrize(
        "claims",
        [
            {"nickname": "x" * 101, "avatar": "https://" + "x" * 500},
            {"nickname": "a\0b", "avatar": "javascript:alert(1)"},
            {"nickname": ["a"], "avatar": {"a": 1}},
            {"nickname": 7, "avatar": "https://host.example/\n"},
            {"nickname": "\ud800", "avatar": "file:///etc/passwd"},
            {"nickname": None, "avatar": None},
        ],
    )
    def test_invalid_claims_are_left_out(self, claims: dict[str, Any]) -> None:
        assert authenticate(claim("alice", token("alice", **claims))) == ALICE
        user = User.objects.get()
        assert (user.nickname, user.avatar) == ("", "")


def test_keys_are_loaded_before_first_login(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Its thread would miss the file a second later, and say so in the log of another test.
    monkeypatch.setattr(keys, "_watch", lambda file: None)
    path = tmp_path / "keys"
    path.write_bytes(pem(rsa_key()))
    override(settings, token_secret="", token_keys=str(path))
    prepare()
    path.unlink()
    check_proof(token_proof(signed(rsa_key(), "RS256")))
