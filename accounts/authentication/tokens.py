"""Verifies tokens: signed statements of the host application about who somebody is (JWT, RFC 7519).

Knows no Django. The keys say which algorithm each token must have; a token has no say in it.
"""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import jwt
from jwt.algorithms import HMACAlgorithm

from accounts.authentication.proofs import BadToken, Fault
from accounts.names.userids import is_userid

# The algorithm of a secret that both sides know, and those of public keys.
SHARED, RSA, EC = "HS256", "RS256", "ES256"
# Longer ones are not looked at. The shipped apps send a token in the head of a request.
LONGEST = 8 * 1024
# The year 9999. Later times are read as this one.
_LATEST = 253_402_300_799


class Key(NamedTuple):
    """A key, as the library prepares it for the one algorithm that it is for, and the name that a token may
    call it by."""

    algorithm: str
    key: Any
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """What a token must say. `keys`: with names, or secrets, of which any may have signed it. An empty
    `audience` or `issuer`: nothing was agreed on."""

    keys: tuple[Key, ...]
    audience: str = ""
    issuer: str = ""
    leeway: float = 0.0


class Verified(NamedTuple):
    """What a token proves. `expires_at`: the second of the wall clock from which it no longer does.
    `made_at`: when it was made; a whole number may be rounded down."""

    userid: str
    expires_at: float
    made_at: float
    claims: Mapping[str, Any]


class _OfSecrets(HMACAlgorithm):
    """Takes a secret as it was prepared. To look again whether it is a key of another kind would cost more
    than everything else about a token."""

    def prepare_key(self, key: Any) -> bytes:
        return bytes(key)


# The library takes tokens apart and checks signatures. What they say is checked here: it knows many more
# rules than there are, and needs longer for them than for a signature.
_signatures = jwt.PyJWS([RSA, EC])
_signatures.register_algorithm(SHARED, _OfSecrets(HMACAlgorithm.SHA256))


def verify(token: str | None, rules: Rules) -> Verified:
    """What `token` proves. Raises BadToken, and nothing else, whatever the text."""
    if not token:
        raise BadToken(Fault.MISSING)
    try:
        return _verify(token, rules)
    except BadToken:
        raise
    except Exception:
        # The library parses a stranger's text, and its errors may quote it, so none is passed on or logged.
        raise BadToken from None


def issue(secret: str, userid: str, *, seconds: float, audience: str = "", issuer: str = "") -> str:
    """A token for `userid`, valid for so many seconds, as a host application makes one."""
    now = time.time()
    claims = {"sub": userid, "iat": now, "exp": int(now + seconds), "aud": audience, "iss": issuer}
    return jwt.encode({name: value for name, value in claims.items() if value}, secret, SHARED)


def _verify(token: str, rules: Rules) -> Verified:
    if len(token) > LONGEST:
        raise BadToken
    claims = json.loads(_payload(token, _keys_for(token, rules.keys)))
    if not isinstance(claims, dict):
        raise BadToken
    _check_times(claims, rules.leeway)
    _check_purpose(claims, rules)
    userid = claims["sub"]
    if not isinstance(userid, str) or not is_userid(userid):
        raise BadToken
    # Without it, nobody could tell whether the token is older than a ban or the end of all logins.
    if "iat" not in claims:
        raise BadToken(Fault.NO_IAT)
    expires_at = min(int(claims["exp"]), _LATEST) + rules.leeway
    return Verified(userid, expires_at, float(claims["iat"]), claims)


def _check_times(claims: Mapping[str, Any], leeway: float) -> None:
    now = time.time()
    if any(int(claims[begin]) > now + leeway for begin in ("nbf", "iat") if begin in claims):
        raise BadToken(Fault.NOT_YET)
    if int(claims["exp"]) <= now - leeway:
        raise BadToken(Fault.EXPIRED)


def _check_purpose(claims: Mapping[str, Any], rules: Rules) -> None:
    if rules.issuer and claims.get("iss") != rules.issuer:
        raise BadToken
    named = claims.get("aud")
    # One that names an audience where none was agreed on was made for somebody else.
    if named or rules.audience:
        audiences = named if isinstance(named, list) else [named]
        if not rules.audience or rules.audience not in audiences:
            raise BadToken


def _payload(token: str, keys: tuple[Key, ...]) -> bytes:
    """What the token says, which one of the keys has signed. Raises jwt.InvalidTokenError."""
    first, *others = keys
    try:
        payload: bytes = _signatures.decode(token, first.key, [first.algorithm])
        return payload
    except jwt.InvalidSignatureError:
        if not others:
            raise
        return _payload(token, tuple(others))


def _keys_for(token: str, keys: tuple[Key, ...]) -> tuple[Key, ...]:
    """The key that the token names. Keys without names are for all tokens."""
    if keys[0].id is None:
        return keys
    name = jwt.get_unverified_header(token).get("kid")
    named = tuple(key for key in keys if key.id == name) if name is not None else keys
    if len(named) != 1:
        raise BadToken
    return named
