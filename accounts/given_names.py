"""The names that people give themselves, as the rules of the desk and the checker let them."""

from django.utils.translation import gettext, gettext_noop

from accounts.models import NICKNAME_LENGTH, User
from accounts.names.unseen import is_seen
from accounts.signals import name_given

NOT_ALLOWED = gettext_noop("This text is not allowed.")
NOT_CHECKED = gettext_noop("This could not be checked. Try again later.")


class NameRefused(Exception):
    """Nobody may take this name. `told`: why, if that is said. `is_final`: otherwise nobody knows yet."""

    def __init__(self, told: str = "", *, is_final: bool = True) -> None:
        super().__init__(told)
        self.told, self.is_final = told, is_final

    def in_words(self) -> str:
        """For the person, in the active language."""
        return gettext(NOT_CHECKED) if not self.is_final else self.told or gettext(NOT_ALLOWED)


def allowed_name(userid: str, name: str) -> str:
    """What is stored of the name that a person takes: the rules of the desk or the checker may change it. Not
    for a transaction. Raises NameRefused."""
    if not name:
        return name
    told = {"userid": userid, "name": name, "takes": is_nickname}
    return next((str(answer) for _, answer in name_given.send(sender=User, **told)), name)


def is_nickname(name: str) -> bool:
    """Whether a person can be called so."""
    return bool(name.strip()) and is_seen(name) and len(name) <= NICKNAME_LENGTH
