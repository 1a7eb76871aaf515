"""Tokens, by which the server knows who somebody is."""

import time
from typing import Any

import jwt

from django_im66 import conf


def token_for(user: Any) -> str:
    """A JSON Web Token for this user, for `TOKEN_SECONDS`. Raises ImproperlyConfigured without a secret."""
    now = time.time()
    claims = {"sub": conf.function("USERID")(user), "iat": now, "exp": int(now) + conf.get("TOKEN_SECONDS")}
    claims |= {name: conf.get(key) for name, key in (("aud", "TOKEN_AUDIENCE"), ("iss", "TOKEN_ISSUER"))}
    payload = {name: value for name, value in claims.items() if value}
    return jwt.encode(payload, conf.require("TOKEN_SECRET"), conf.get("TOKEN_ALGORITHM"))
