"""What people are told of a pattern that cannot be looked for."""

from django.utils.translation import gettext

from moderation.rules.patterns import BadPattern


def why_bad(error: BadPattern) -> str:
    """In the language of whoever reads it."""
    return gettext(error.text) % error.values
