"""Where the token of a request stands, and what may be wrong with one. Pure.

Not a part of `tokens`, which needs large libraries: open mode does without them.
"""

from enum import StrEnum
from urllib.parse import parse_qsl

# The parameter of HTTP calls that holds a token. The Android app sends it with every group call.
PARAMETER = "access_token"
_SCHEME = "bearer"


class Fault(StrEnum):
    """What is wrong with a token, in English, for whoever makes tokens. It quotes nothing of the token."""

    MISSING = "log in with a token"
    BAD = "the token is not valid"
    NOT_YET = "the token is not valid yet"
    EXPIRED = "the token has expired"
    OF_ANOTHER = "the token is for another userid"


class BadToken(Exception):
    """The token proves nothing."""

    def __init__(self, fault: Fault = Fault.BAD) -> None:
        super().__init__(fault.value)
        self.fault = fault


def token_in(authorization: str, query: str) -> str:
    """The token in the header `Authorization`, or else in the query string; empty if there is none."""
    scheme, _, token = authorization.strip().partition(" ")
    if scheme.lower() == _SCHEME and token.strip():
        return token.strip()
    return dict(parse_qsl(query)).get(PARAMETER, "")
