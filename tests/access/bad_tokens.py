"""The tokens of the page that prove nothing, each made as somebody would make it who wants to get in."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable

import jwt

from tests.access.world import (
    AUDIENCE,
    FORGED,
    KEY_NAME,
    OTHER_KEY_NAME,
    OUTSIDE,
    signed,
    token,
)
from tests.support.tokens import jwk, made_of, pem, rsa_key

_HOUR = 3600


def _now() -> int:
    return int(time.time())


def _claims(userid: str) -> dict[str, object]:
    return {"sub": userid, "exp": _now() + _HOUR, "aud": AUDIENCE}


def _confused(userid: str) -> str:
    # The library refuses to sign with a public key, so this is signed by hand.
    head = _part({"alg": "HS256", "typ": "JWT", "kid": KEY_NAME})
    body = _part(_claims(userid))
    mac = hmac.new(pem(rsa_key()), f"{head}.{body}".encode(), hashlib.sha256).digest()
    return f"{head}.{body}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def _part(claims: dict[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()


def _with_its_own_key(userid: str) -> str:
    key = rsa_key(FORGED)
    return signed(key, {"sub": userid}, jwk=jwk(key))


def _changed(userid: str) -> str:
    head, _, signature = token(OUTSIDE).split(".")
    return f"{head}.{_part(_claims(userid))}.{signature}"


MADE: dict[str, Callable[[str], str]] = {
    "expired": lambda userid: token(userid, exp=_now() - 5),
    "not valid yet": lambda userid: token(userid, nbf=_now() + _HOUR),
    "signed with another key": lambda userid: signed(rsa_key(FORGED), {"sub": userid}),
    "for another audience": lambda userid: token(userid, aud="another"),
    "for no audience": lambda userid: token(userid, aud=None),
    "not signed: `alg` is `none`": lambda userid: made_of({"alg": "none", "kid": KEY_NAME}, _claims(userid)),
    "signed by HS256 with the public key": _confused,
    "signed with the right key by RS512": lambda userid: signed(rsa_key(), {"sub": userid}, "RS512"),
    "its `kid` names no key": lambda userid: signed(rsa_key(), {"sub": userid}, kid="nowhere"),
    "its `kid` names another key": lambda userid: signed(rsa_key(), {"sub": userid}, kid=OTHER_KEY_NAME),
    "it brings its own key": lambda userid: signed(
        rsa_key(FORGED), {"sub": userid}, jwk=jwk(rsa_key(FORGED))
    ),
    "without `exp`": lambda userid: token(userid, exp=None),
    "without `sub`": lambda _: jwt.encode(
        {"exp": _now() + _HOUR, "aud": AUDIENCE}, rsa_key(), "RS256", {"kid": KEY_NAME}
    ),
    "changed after it was signed": _changed,
    "without `iat`": lambda userid: token(userid, iat=None),
    "for another person": lambda _: token(OUTSIDE),
}
