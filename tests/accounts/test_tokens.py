"""What a token proves, and what proves nothing."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.authentication.keys import key_from_secret, parse
from accounts.authentication.proofs import BadToken, Fault
from accounts.authentication.tokens import MAX_TOKEN_CHARACTERS, SHARED, Rules, Verified, issue, verify
from tests.support.tokens import (
    SECRET,
    ec_key,
    jwk,
    key_set,
    made_of,
    pem,
    rsa_key,
    signed,
    token,
)

SHARED_SECRET = Rules((key_from_secret(SECRET),))
IN_AN_HOUR = int(time.time()) + 3600


def fault(text: str | None, rules: Rules = SHARED_SECRET) -> Fault:
    """What is wrong with it."""
    with pytest.raises(BadToken) as raised:
        verify(text, rules)
    return raised.value.fault


def rules_of(content: bytes) -> Rules:
    return Rules(parse(content))


def test_a_token_tells_userid_end_and_claims() -> None:
    result = verify(token("alice", exp=IN_AN_HOUR, nickname="Alice"), SHARED_SECRET)
    assert (result.userid, result.expires_at, result.claims["nickname"]) == ("alice", IN_AN_HOUR, "Alice")


def test_issued_token_is_valid() -> None:
    rules = Rules(SHARED_SECRET.keys, "chat", "https://host.example")
    made = issue(SECRET, "小明", seconds=60, audience="chat", issuer="https://host.example")
    assert verify(made, rules).userid == "小明"
    assert verify(issue(SECRET, "alice", seconds=60), SHARED_SECRET).userid == "alice"


def test_token_of_a_fallback_counts_until_it_is_removed() -> None:
    old, new = key_from_secret(SECRET), key_from_secret("a-secret-that-has-taken-its-place-now")
    made = token("alice")
    assert verify(made, Rules((new, old))).userid == "alice"
    assert fault(made, Rules((new,))) == Fault.BAD
    assert fault(token("alice", "of-nobody" * 4), Rules((new, old))) == Fault.BAD


@pytest.mark.parametrize("text", [None, ""])
def test_missing_token_rejected(text: str | None) -> None:
    assert fault(text) == Fault.MISSING


@pytest.mark.parametrize(
    "text", ["x", "a.b.c", "..", "alice", "eyJhbGciOiJIUzI1NiJ9.e30.", "\0", "€.€.€", "\ud800", "." * 5000]
)
def test_malformed_token_rejected(text: str) -> None:
    assert fault(text) == Fault.BAD


@pytest.mark.promise("token-6")
def test_overlong_token_rejected() -> None:
    assert verify(token("alice", more="x" * 100), SHARED_SECRET)
    assert fault(token("alice", more="x" * MAX_TOKEN_CHARACTERS)) == Fault.BAD


def test_deeply_nested_token_rejected() -> None:
    deep = "W1tb" * (MAX_TOKEN_CHARACTERS // 6)  # Base64 of `[[[[[[…`
    assert fault(f"{deep}.{deep}.x", rules_of(key_set(jwk(rsa_key(), kid="old")))) == Fault.BAD
    assert fault(jwt.api_jws.encode(b"[" * 4000, SECRET, SHARED)) == Fault.BAD


# The signature.


@pytest.mark.promise("token-1")
def test_the_key_must_be_ours() -> None:
    assert fault(token("alice", "another-secret-of-somebody-else-entirely")) == Fault.BAD


@pytest.mark.promise("token-1")
@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", ""])
def test_no_signature_proves_nothing(algorithm: str) -> None:
    made = made_of({"alg": algorithm, "typ": "JWT"}, {"sub": "alice", "exp": IN_AN_HOUR})
    assert fault(made) == Fault.BAD
    for rules in (rules_of(pem(rsa_key())), rules_of(pem(ec_key()))):
        assert fault(made, rules) == Fault.BAD


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_other_algorithm_rejected(algorithm: str) -> None:
    claims = {"sub": "alice", "exp": IN_AN_HOUR}
    long = SECRET * 2
    made = jwt.encode(claims, long, algorithm)
    assert fault(made, Rules((key_from_secret(long),))) == Fault.BAD


@pytest.mark.promise("token-1")
def test_the_public_key_is_no_secret() -> None:
    """A token that is signed with what everybody knows, and names the algorithm of secrets."""
    for key in (rsa_key(), ec_key()):
        head = made_of({"alg": "HS256"}, {"sub": "alice", "exp": IN_AN_HOUR}).rpartition(".")[0]
        digest = hmac.new(pem(key), head.encode(), hashlib.sha256).digest()
        forged = f"{head}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"
        # It would count where the token may choose the algorithm.
        assert fault(forged, rules_of(pem(key))) == Fault.BAD


def test_a_changed_token_proves_nothing() -> None:
    head, payload, signature = token("alice").split(".")
    _, other, _ = token("bob").split(".")
    assert verify(f"{head}.{payload}.{signature}", SHARED_SECRET).userid == "alice"
    assert fault(f"{head}.{other}.{signature}") == Fault.BAD


def test_unknown_critical_header_rejected() -> None:
    made = jwt.encode({"sub": "alice", "exp": IN_AN_HOUR}, SECRET, headers={"crit": ["x"], "x": 1})
    assert fault(made) == Fault.BAD


# The keys.


@pytest.mark.parametrize("key", [rsa_key(), ec_key()], ids=["RS256", "ES256"])
def test_a_public_key(key: Any) -> None:
    algorithm = parse(pem(key))[0].algorithm
    assert verify(signed(key, algorithm), rules_of(pem(key))).userid == "alice"
    assert verify(signed(key, algorithm, kid="any"), rules_of(pem(key))).userid == "alice"


def test_token_signed_by_another_key_is_rejected() -> None:
    assert fault(signed(rsa_key(1), "RS256"), rules_of(pem(rsa_key()))) == Fault.BAD
    assert fault(signed(ec_key(1), "ES256"), rules_of(pem(ec_key()))) == Fault.BAD


@pytest.mark.promise("token-1")
def test_token_key_id_selects_the_key() -> None:
    rules = rules_of(key_set(jwk(rsa_key(), kid="old"), jwk(ec_key(), kid="new")))
    assert verify(signed(rsa_key(), "RS256", kid="old"), rules).userid == "alice"
    assert verify(signed(ec_key(), "ES256", kid="new"), rules).userid == "alice"
    assert fault(signed(ec_key(), "ES256", kid="old"), rules) == Fault.BAD
    assert fault(signed(rsa_key(), "RS256", kid="nowhere"), rules) == Fault.BAD
    assert fault(signed(rsa_key(), "RS256"), rules) == Fault.BAD


def test_the_only_key_needs_no_name_but_has_its_own() -> None:
    rules = rules_of(key_set(jwk(rsa_key(), kid="old")))
    assert verify(signed(rsa_key(), "RS256"), rules).userid == "alice"
    assert fault(signed(rsa_key(), "RS256", kid="nowhere"), rules) == Fault.BAD


@pytest.mark.parametrize("kid", [1, [], {"a": 1}, True])
def test_a_name_that_is_no_text(kid: object) -> None:
    rules = rules_of(key_set(jwk(rsa_key(), kid="old")))
    assert fault(made_of({"alg": "RS256", "kid": kid}, {}), rules) == Fault.BAD


# The time.


@pytest.mark.promise("token-2")
def test_expired_token_rejected() -> None:
    assert fault(token("alice", seconds=-1)) == Fault.EXPIRED


@pytest.mark.promise("token-2")
def test_token_is_valid_within_the_leeway() -> None:
    rules = Rules(SHARED_SECRET.keys, leeway=10)
    late = int(time.time()) - 5
    assert verify(token("alice", exp=late), rules).expires_at == late + 10
    assert fault(token("alice", seconds=-11), rules) == Fault.EXPIRED


@pytest.mark.promise("token-2")
@pytest.mark.parametrize("claim", ["nbf", "iat"])
def test_early_token_rejected(claim: str) -> None:
    soon = int(time.time()) + 5
    later: dict[str, Any] = {claim: soon}
    sooner: dict[str, Any] = {claim: soon - 10}
    assert fault(token("alice", **later)) == Fault.NOT_YET
    assert verify(token("alice", **later), Rules(SHARED_SECRET.keys, leeway=10))
    assert verify(token("alice", **sooner), SHARED_SECRET)


@pytest.mark.promise("token-2")
def test_token_without_expiry_rejected() -> None:
    assert fault(token("alice", exp=None)) == Fault.BAD


@pytest.mark.promise("token-7")
def test_token_without_the_time_at_which_it_was_made_is_rejected() -> None:
    assert fault(token("alice", iat=None)) == Fault.NO_IAT
    odd: list[object] = [None, "now", [], float("nan"), float("-inf")]
    for iat in odd:
        text = json.dumps({"sub": "alice", "exp": IN_AN_HOUR, "iat": iat}).encode()
        assert fault(jwt.api_jws.encode(text, SECRET, SHARED)) == Fault.BAD
    assert verify(token("alice", iat=12.5), SHARED_SECRET).made_at == 12.5


@pytest.mark.parametrize("exp", ["soon", [], {}, float("inf"), float("nan")])
def test_an_end_that_is_no_time(exp: object) -> None:
    text = json.dumps({"sub": "alice", "exp": exp}).encode()
    assert fault(jwt.api_jws.encode(text, SECRET, SHARED)) == Fault.BAD


@pytest.mark.parametrize("exp", [10**30, 10**400, 253_402_300_800.5])
def test_distant_expiry_is_capped_at_year_9999(exp: float) -> None:
    assert verify(token("alice", exp=exp), SHARED_SECRET).expires_at == 253_402_300_799


# What it says.


@pytest.mark.promise("token-3")
@pytest.mark.parametrize("userid", ["", "a_b", "a b", "x" * 65, "a/b", "a,b", "a\nb", "\ud800"])
def test_a_subject_that_is_no_userid(userid: str) -> None:
    text = json.dumps({"sub": userid, "exp": IN_AN_HOUR}).encode()
    assert fault(jwt.api_jws.encode(text, SECRET, SHARED)) == Fault.BAD


@pytest.mark.parametrize("subject", [None, 1001, ["alice"], {"a": 1}, True])
def test_a_subject_that_is_no_text(subject: object) -> None:
    text = json.dumps({"sub": subject, "exp": IN_AN_HOUR}).encode()
    assert fault(jwt.api_jws.encode(text, SECRET, SHARED)) == Fault.BAD


@pytest.mark.parametrize("payload", [b"[]", b"1", b'"alice"', b"null", b"", b"\xff", b"{"])
def test_a_signed_text_that_is_no_object(payload: bytes) -> None:
    assert fault(jwt.api_jws.encode(payload, SECRET, SHARED)) == Fault.BAD


@pytest.mark.promise("token-4")
def test_audience_must_match() -> None:
    rules = Rules(SHARED_SECRET.keys, audience="chat")
    assert verify(token("alice", aud="chat"), rules)
    assert verify(token("alice", aud=["shop", "chat"]), rules)
    for audience in ("shop", ["shop"], ["chat room"], "chat room", {"chat": 1}, [], "", None, 1):
        assert fault(token("alice", aud=audience), rules) == Fault.BAD


@pytest.mark.promise("token-4")
def test_audience_rejected_unless_configured() -> None:
    for audience in ("chat", ["chat"], {"chat": 1}, 1):
        assert fault(token("alice", aud=audience)) == Fault.BAD
    assert verify(token("alice", aud=[]), SHARED_SECRET)


@pytest.mark.promise("token-5")
def test_issuer_must_match() -> None:
    rules = Rules(SHARED_SECRET.keys, issuer="https://host.example")
    assert verify(token("alice", iss="https://host.example"), rules)
    for issuer in ("https://host.example.net", "", None):
        assert fault(token("alice", iss=issuer), rules) == Fault.BAD
    assert verify(token("alice", iss="anybody"), SHARED_SECRET)


# Whatever the text.


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(["alg", "typ", "kid", "crit", "b64", "sub", "exp", "nbf", "iat", "aud", "iss", "jti"])
OBJECTS = st.dictionaries(NAMES | st.text(max_size=3), JSON | st.sampled_from(["HS256", "RS256", "alice"]))
EVERY_RULES = [
    SHARED_SECRET,
    Rules(SHARED_SECRET.keys, "chat", "host", 10),
    rules_of(pem(rsa_key())),
    rules_of(key_set(jwk(rsa_key(), kid="old"), jwk(ec_key(), kid="new"))),
]


def outcome(text: str, rules: Rules) -> Verified | BadToken:
    try:
        return verify(text, rules)
    except BadToken as bad:
        return bad


@pytest.mark.promise("token-mode-1")
@given(st.text() | st.builds(made_of, OBJECTS | JSON, OBJECTS | JSON, st.binary(max_size=40)))
def test_no_text_of_a_stranger_raises_anything_else_or_proves_anything(text: str) -> None:
    for rules in EVERY_RULES:
        assert isinstance(outcome(text, rules), BadToken)


@given(OBJECTS | JSON)
def test_signed_payload_raises_only_bad_token(payload: object) -> None:
    made = jwt.api_jws.encode(json.dumps(payload).encode(), SECRET, SHARED)
    for rules in EVERY_RULES:
        result = outcome(made, rules)
        if isinstance(result, Verified):
            assert isinstance(payload, dict)
            assert result.userid == payload["sub"]


def test_an_error_quotes_nothing_of_the_token() -> None:
    text = token("alice", "another-secret-of-somebody-else-entirely")
    with pytest.raises(BadToken) as raised:
        verify(text, SHARED_SECRET)
    shown = f"{raised.value!r} {raised.value}"
    assert not any(part in shown for part in text.split("."))
    assert raised.value.__suppress_context__
