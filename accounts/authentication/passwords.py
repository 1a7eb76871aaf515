"""Hashing and validation of passwords."""

from threading import Lock

from django.contrib.auth.hashers import Argon2PasswordHasher
from django.contrib.auth.password_validation import MinimumLengthValidator, UserAttributeSimilarityValidator
from django.utils.translation import gettext, gettext_noop

# A text of Django, marked here for our own translation.
TOO_COMMON = gettext_noop("This password is too common.")


# Hashing releases the interpreter lock. Two at once would occupy both cores of a small machine.
_one_at_a_time = Lock()


class Argon2Hasher(Argon2PasswordHasher):
    """Argon2 with the minimum that OWASP recommends: 17 ms of one processor and 19 MB. Django's defaults take
    eight threads and 100 MB, too much for a process that also serves sockets."""

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
    """Django's validator with a text that has a Chinese translation."""

    def get_error_message(self) -> str:
        text = gettext("This password is too short. It must contain at least %(least)d characters.")
        return text % {"least": self.min_length}


class SimilarityValidator(UserAttributeSimilarityValidator):
    """Rejects a password that is similar to the userid or the nickname."""

    def __init__(self) -> None:
        super().__init__(user_attributes=("userid", "nickname"))

    def get_error_message(self) -> str:
        return gettext("This password is too similar to the user ID or the name.")
