"""Changes of a person's standing: muted, locked, sessions that end. Pure."""

from hashlib import sha256
from typing import NamedTuple

# All sessions of the person.
EVERYTHING = "*"
_DIGEST_CHARACTERS = 32


class Change(NamedTuple):
    """What changes, None or empty for what stays as it is. `ended`: which sessions end on all sockets, as
    EVERYTHING or the digest of one browser session."""

    muted: bool | None = None
    locked: bool | None = None
    ended: str = ""


def session_digest(session_key: str) -> str:
    """A name for a browser session that does not tell its key."""
    return sha256(session_key.encode()).hexdigest()[:_DIGEST_CHARACTERS]
