"""The tokens of the people at a server that asks for them."""

import time

import jwt

SECRET = "a-secret-of-the-bench-and-of-nobody-else"
_SECONDS = 3600


def no_token(userid: str) -> str:
    """What people show to a server that takes them at their word."""
    return ""


def token_for(userid: str) -> str:
    """As the host application makes it."""
    now = time.time()
    return jwt.encode({"sub": userid, "iat": now, "exp": int(now) + _SECONDS}, SECRET, "HS256")
