"""Why somebody's wish about their own account is not granted."""

from django.utils.translation import gettext_noop

SWITCHED_OFF = gettext_noop("This server does not allow that. Ask the people who run it.")
LAST_ADMIN = gettext_noop("You are the last administrator. Make somebody else one first.")
HELD = gettext_noop("Your data must be kept for now, for legal reasons. Ask the people who run this server.")
HAS_BEGUN = gettext_noop("Your account is being deleted already.")
IS_NOT_READY = gettext_noop("There is no copy of your data to download.")
TOO_SOON = gettext_noop("You can get a copy of your data once a day.")


class NotNow(Exception):
    """`reason`: one of the texts above. `seconds`: when to try again, 0 if that does not help."""

    def __init__(self, reason: str, seconds: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.seconds = seconds


class NotAllowed(NotNow):
    """Trying again does not help."""
