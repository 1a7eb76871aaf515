"""Why a person's request about their own account is refused."""

from accounts.codes import Failed, Name, gettext_noop

SWITCHED_OFF = gettext_noop("This server does not allow that. Ask the people who run it.")
LAST_ADMIN = gettext_noop("You are the last administrator. Make somebody else one first.")
HELD = gettext_noop("Your data must be kept for now, for legal reasons. Ask the people who run this server.")
HAS_BEGUN = gettext_noop("Your account is being deleted already.")
IS_NOT_READY = gettext_noop("There is no copy of your data to download.")
TOO_SOON = gettext_noop("You can get a copy of your data once a day.")


class NotNow(Failed):
    """`text`: one of the texts above. `retry`: the seconds until the request may succeed; None if a retry is
    useless."""

    def __init__(self, text: str, retry: int | None = None) -> None:
        super().__init__(text)
        self.name, self.retry = Name.TOO_FAST if retry else self.name, retry


class RoleMissing(NotNow):
    name = Name.NOT_ALLOWED
