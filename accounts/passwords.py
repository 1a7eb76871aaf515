"""Passwords: how they are hashed, and which are refused."""

from django.contrib.auth.hashers import Argon2PasswordHasher
from django.contrib.auth.password_validation import UserAttributeSimilarityValidator
from django.utils.translation import gettext, gettext_noop

# Django says so. Named here, it gets our translation.
TOO_COMMON = gettext_noop("This password is too common.")


class Argon2Hasher(Argon2PasswordHasher):
    """Argon2 with what OWASP asks for at least: 17 ms of one processor and 19 MB. Django's own parameters
    take eight threads and 100 MB, from a process that serves sockets too."""

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1


class SimilarityValidator(UserAttributeSimilarityValidator):
    """Refuses a password that is nearly the userid or the name of the person."""

    def __init__(self) -> None:
        super().__init__(user_attributes=("userid", "nickname"))

    def get_error_message(self) -> str:
        return gettext("This password is too similar to the userid or the name.")
