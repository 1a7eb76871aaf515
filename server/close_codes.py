"""The codes that a socket closes with, and which of them are a goodbye. Pure."""

NORMAL, GOING_AWAY, NO_CODE, TOO_LARGE, SERVICE_RESTART = 1000, 1001, 1005, 1009, 1012
# The iOS app's, which the standard reserves.
IOS_GOODBYE = 1999
# Those that an application may give a meaning.
OWN_CODES = range(3000, 5000)

_GOODBYES = {NORMAL, GOING_AWAY, IOS_GOODBYE}


def is_goodbye(code: int | None) -> bool:
    """Whether a socket that closed with `code` was closed by its client on purpose. After any other end, what
    was sent last may never have arrived."""
    # NO_CODE should mean a goodbye, but uvicorn says it of connections that broke, too; Daphne says None.
    return code is None or code in _GOODBYES or code in OWN_CODES


def as_standard(code: int | None) -> int | None:
    """What a library that knows only the standard is told in place of a client's `code`.

    The iOS app's goodbye is one, whatever the standard says. So is the answer to our own: who gives it has
    read all that went before.
    """
    return NORMAL if code in (IOS_GOODBYE, SERVICE_RESTART) else code
