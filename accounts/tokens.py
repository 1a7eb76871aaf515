"""Verifies tokens: signed statements of the host application about who somebody is (JWT, RFC 7519).

Knows no Django. The keys say which algorithm each token must have; a token has no say in it.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import jwt

from accounts.proofs import BadToken, Fault
from accounts.userids import is_userid

# The algorithm of a secret that both sides know.
SHARED = "HS256"
# Longer ones are not looked at. The shipped apps send a token in the head of a request.
LONGEST = 8 * 1024
# The year 9999. Later times are read as this one.
_LATEST = 253_402_300_799


class Key(NamedTuple):
    """A key, the one algorithm that it is for, and the name that a token may call it by."""

    algorithm: str
    key: Any
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """What a token must say. An empty `audience` or `issuer`: nothing was agreed on."""

    keys: tuple[Key, ...]
    audience: str = ""
    issuer: str = ""
    leeway: float = 0.0


class Verified(NamedTuple):
    """What a token proves. `expires_at`: the second of the wall clock from which it no longer does."""

    userid: str
    expires_at: float
    claims: Mapping[str, Any]


def verify(token: str | None, rules: Rules) -> Verified:
    """What `token` proves. Raises BadToken, and nothing else, whatever the text."""
    if not token:
        raise BadToken(Fault.MISSING)
    try:
        return _verify(token, rules)
    except BadToken:
        raise
    except jwt.ExpiredSignatureError:
        raise BadToken(Fault.EXPIRED) from None
    except jwt.ImmatureSignatureError:
        raise BadToken(Fault.NOT_YET) from None
    except Exception:
        # The library parses a stranger's text, and its errors may quote it, so none is passed on or logged.
        raise BadToken from None


def issue(secret: str, userid: str, *, seconds: float, audience: str = "", issuer: str = "") -> str:
    """A token for `userid`, valid for so many seconds, as a host application makes one."""
    now = int(time.time())
    claims = {"sub": userid, "iat": now, "exp": now + int(seconds), "aud": audience, "iss": issuer}
    return jwt.encode({name: value for name, value in claims.items() if value}, secret, SHARED)


def _verify(token: str, rules: Rules) -> Verified:
    if len(token) > LONGEST:
        raise BadToken
    key = _key_for(token, rules.keys)
    claims = jwt.decode(
        token,
        key.key,
        algorithms=[key.algorithm],
        # Without one, the library refuses a token that names an audience: it was made for somebody else.
        audience=rules.audience or None,
        issuer=rules.issuer or None,
        leeway=rules.leeway,
        options={"require": ["exp", "sub"]},
    )
    userid = claims["sub"]
    if not is_userid(userid):
        raise BadToken
    return Verified(userid, min(int(claims["exp"]), _LATEST) + rules.leeway, claims)


def _key_for(token: str, keys: tuple[Key, ...]) -> Key:
    """The key that the token names. A key without a name, which is the only one, is for all tokens."""
    if len(keys) == 1 and keys[0].id is None:
        return keys[0]
    name = jwt.get_unverified_header(token).get("kid")
    named = [key for key in keys if key.id == name] if name is not None else list(keys)
    if len(named) != 1:
        raise BadToken
    return named[0]
