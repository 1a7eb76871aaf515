"""What ends the sockets of a person. Pure."""

import hashlib


def session_digest(session_key: str) -> str:
    """The name of a browser session that may be written down: nobody can log in with it."""
    return hashlib.sha256(session_key.encode()).hexdigest()[:32]
