"""Makes the tokens of people for a server that requires them."""

import time

import jwt

SECRET = "a-secret-of-the-bench-and-of-nobody-else"
_SECONDS = 3600


def no_token(userid: str) -> str:
    """Return the empty token, for a server that does not verify userids."""
    return ""


def token_for(userid: str) -> str:
    """Return a token like those of the host application."""
    now = time.time()
    return jwt.encode({"sub": userid, "iat": now, "exp": int(now) + _SECONDS}, SECRET, "HS256")
