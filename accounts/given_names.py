"""The names that people give themselves, as the rules of the desk and the checker let them."""

from accounts.models import NICKNAME_LENGTH
from accounts.names.unseen import is_seen
from accounts.texts import Question, Subject, allowed


def allowed_name(userid: str, name: str) -> str:
    """What is stored of the name that a person takes: the rules of the desk or the checker may change it. Not
    for a transaction. Raises TextRefused."""
    return allowed(Question(Subject.NAME, userid, (), "nickname", name, takes=is_nickname), None)


def is_nickname(name: str) -> bool:
    """Whether a person can be called so."""
    return bool(name.strip()) and is_seen(name) and len(name) <= NICKNAME_LENGTH
