"""What a caller who is not admitted, or is forbidden something, is told by HTTP calls. The texts are marked
for translation."""

from django.utils.translation import gettext, gettext_noop

from accounts.access import Cause, Forbidden
from accounts.authentication.authentication import AccountBanned, UnknownPerson
from accounts.authentication.proofs import BadToken, Fault
from accounts.limits.limits import TooFast

# Why somebody may not do something. To be too fast is none.
Denial = AccountBanned | BadToken | Forbidden | UnknownPerson

# Users read it, and cannot do anything else about a token. Whoever runs a backend reads of its key, and that
# its tokens lack something.
LOG_IN_AGAIN = gettext_noop("Log in again.")
_LOCKED = gettext_noop("This account is locked.")
_UNKNOWN = gettext_noop("There is no such user.")
_OF_FAULTS = {
    Fault.NO_IAT: gettext_noop("The token has no iat, the time at which it was made."),
    Fault.OF_ANOTHER: Cause.OF_ANOTHER.text,
    Fault.BAD_KEY: gettext_noop("The API key is not valid."),
    Fault.REVOKED_KEY: gettext_noop("The API key was revoked."),
    Fault.OUT_OF_SCOPE: gettext_noop("The API key is not for this."),
    Fault.NEEDS_KEY: gettext_noop("This needs an API key with the right scope."),
    Fault.FOR_WHOM: gettext_noop("Name the user you act for, once, in the query."),
    Fault.FOR_STAFF: gettext_noop("No API key acts for staff."),
}


def in_english(denied: Denial) -> str:
    """For a log: what is wrong with a proof, said to whoever makes proofs; else what people are told."""
    return denied.fault.value if isinstance(denied, BadToken) else of_denial(denied)


def of_denial(denied: Denial) -> str:
    if isinstance(denied, Forbidden):
        return denied.cause.text
    if isinstance(denied, AccountBanned):
        return _LOCKED
    if isinstance(denied, UnknownPerson):
        return _UNKNOWN
    return _OF_FAULTS.get(denied.fault, LOG_IN_AGAIN)


def of_limit(refused: TooFast) -> str:
    """In the language that is active."""
    return gettext("Too fast. Try again in %(seconds)d s.") % {"seconds": refused.seconds}
