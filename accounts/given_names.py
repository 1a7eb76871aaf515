"""Validation of the nicknames that people choose, by the rules of the desk and the checker."""

from accounts.models import NICKNAME_LENGTH
from accounts.names.unseen import is_visible
from accounts.texts import Question, Subject, allowed


def allowed_name(userid: str, name: str) -> str:
    """Return the nickname to store, which the rules of the desk or the checker may have changed. Call it
    outside of a transaction. Raises TextRefused."""
    return allowed(Question(Subject.NAME, userid, (), "nickname", name, takes=is_nickname), None)


def is_nickname(name: str) -> bool:
    """Return whether the text is a valid nickname."""
    return bool(name.strip()) and is_visible(name) and len(name) <= NICKNAME_LENGTH
