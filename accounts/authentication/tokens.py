"""Verifies tokens: signed statements of the host application about who somebody is (JWT, RFC 7519).

Does not use Django. The keys determine the algorithm of each token, never the token itself.
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

# The algorithm of shared secrets, and those of public keys.
SHARED, RSA, EC = "HS256", "RS256", "ES256"
# Longer tokens are rejected unread. The shipped apps send a token in the head of a request.
MAX_TOKEN_CHARACTERS = 8 * 1024
# The year 9999. Later times are read as this one.
_LATEST = 253_402_300_799


class Key(NamedTuple):
    """A key, as prepared by the library for its one algorithm. `id`: the `kid` by which a token names it."""

    algorithm: str
    key: Any
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """The requirements of a token. `keys`: named public keys, or secrets, any of which may have signed it. An
    empty `audience` or `issuer` is not checked."""

    keys: tuple[Key, ...]
    audience: str = ""
    issuer: str = ""
    leeway: float = 0.0


class Verified(NamedTuple):
    """A verified token. `expires_at`: the Unix time in seconds from which it is invalid. `made_at`: its
    `iat`; a whole number may be rounded down."""

    userid: str
    expires_at: float
    made_at: float
    claims: Mapping[str, Any]


class _OfSecrets(HMACAlgorithm):
    """Uses an already prepared secret. Checking again whether it looks like a public key would cost more than
    the rest of the verification."""

    def prepare_key(self, key: Any) -> bytes:
        return bytes(key)


# The library parses tokens and checks signatures. The claims are checked here, because the library's general
# rules take longer than a signature.
_signatures = jwt.PyJWS([RSA, EC])
_signatures.register_algorithm(SHARED, _OfSecrets(HMACAlgorithm.SHA256))


def verify(token: str | None, rules: Rules) -> Verified:
    """Verify `token`. Raises BadToken, and no other exception, for any invalid text."""
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
    """Return a token for `userid`, valid for `seconds`, as a host application makes it."""
    now = time.time()
    claims = {"sub": userid, "iat": now, "exp": int(now + seconds), "aud": audience, "iss": issuer}
    return jwt.encode({name: value for name, value in claims.items() if value}, secret, SHARED)


def _verify(token: str, rules: Rules) -> Verified:
    if len(token) > MAX_TOKEN_CHARACTERS:
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
    audience = claims.get("aud")
    # If no audience is configured, a token with one was made for another service.
    if audience or rules.audience:
        audiences = audience if isinstance(audience, list) else [audience]
        if not rules.audience or rules.audience not in audiences:
            raise BadToken


def _payload(token: str, keys: tuple[Key, ...]) -> bytes:
    """Return the payload of a token signed with one of the keys. Raises jwt.InvalidTokenError."""
    first, *others = keys
    try:
        payload: bytes = _signatures.decode(token, first.key, [first.algorithm])
        return payload
    except jwt.InvalidSignatureError:
        if not others:
            raise
        return _payload(token, tuple(others))


def _keys_for(token: str, keys: tuple[Key, ...]) -> tuple[Key, ...]:
    """Return the key that the token names, or all keys if they have no names. Raises BadToken."""
    if keys[0].id is None:
        return keys
    name = jwt.get_unverified_header(token).get("kid")
    matches = tuple(key for key in keys if key.id == name) if name is not None else keys
    if len(matches) != 1:
        raise BadToken
    return matches
