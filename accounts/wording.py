"""Texts for people about calls that fail."""

from django.utils.translation import gettext

from accounts.access import Forbidden
from accounts.authentication.authentication import AccountBanned, UnknownPerson
from accounts.authentication.proofs import BadToken
from accounts.codes import Failed

# Why somebody may not do something. To be too fast is none.
Denial = AccountBanned | BadToken | Forbidden | UnknownPerson


def in_words(failed: Failed) -> str:
    """In the language that is active."""
    text = gettext(failed.text) if failed.text else ""
    return text % failed.values if failed.values else text
