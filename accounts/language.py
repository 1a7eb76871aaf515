"""The language of the replies to the shipped apps.

The operator chooses it, and `Accept-Language` is ignored: the apps show the messages to their users, but do
not send the users' language. The log, the admin and the sockets stay in English.
"""

from django.conf import settings
from django.utils.translation import override


def reply_language() -> override:
    """Return a context manager that activates the language of replies."""
    return override(settings.IM66.legacy_language)
