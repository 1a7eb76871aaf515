"""Passwords: how they are hashed, and which are refused."""

from threading import Lock

from django.contrib.auth.hashers import Argon2PasswordHasher
from django.contrib.auth.password_validation import MinimumLengthValidator, UserAttributeSimilarityValidator
from django.utils.translation import gettext, gettext_noop

# Django says so. Named here, it gets our translation.
TOO_COMMON = gettext_noop("This password is too common.")


# Hashing gives the interpreter away. Two at once would take both cores of a small machine from chat.
_one_at_a_time = Lock()


class Argon2Hasher(Argon2PasswordHasher):
    """Argon2 with what OWASP asks for at least: 17 ms of one processor and 19 MB. Django's own parameters
    take eight threads and 100 MB, from a process that serves sockets too."""

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        with _one_at_a_time:
            encoded: str = super().encode(password, salt)
        return encoded

    def verify(self, password: str, encoded: str) -> bool:
        with _one_at_a_time:
            is_right: bool = super().verify(password, encoded)
        return is_right


class LengthValidator(MinimumLengthValidator):
    """As Django's, whose text has no Chinese."""

    def get_error_message(self) -> str:
        text = gettext("This password is too short. It must contain at least %(least)d characters.")
        return text % {"least": self.min_length}


class SimilarityValidator(UserAttributeSimilarityValidator):
    """Refuses a password that is nearly the userid or the name of the person."""

    def __init__(self) -> None:
        super().__init__(user_attributes=("userid", "nickname"))

    def get_error_message(self) -> str:
        return gettext("This password is too similar to the user ID or the name.")
