"""The language of the replies to the shipped apps.

It is the operator's choice, whatever languages a request asks for: the apps show the messages to their users,
and do not say which language those read. The log, the admin and the sockets stay in English.
"""

from django.conf import settings
from django.utils.translation import override


def reply_language() -> override:
    """While it is entered, Django's `gettext` gives texts in the language of replies."""
    return override(settings.IM66.legacy_language)
