"""The codes with which sockets close, and which of them are a goodbye. Pure."""

NORMAL, GOING_AWAY, VIOLATION, NO_CODE, BROKEN = 1000, 1001, 1002, 1005, 1006
INVALID_TEXT, TOO_LARGE, INTERNAL_ERROR, SERVICE_RESTART = 1007, 1009, 1011, 1012
# The iOS app's goodbye, a code that the standard reserves.
IOS_GOODBYE = 1999
# Codes to which an application may give a meaning.
OWN_CODES = range(3000, 5000)

_GOODBYES = {NORMAL, GOING_AWAY, IOS_GOODBYE}


def is_goodbye(code: int | None) -> bool:
    """Whether the client closed the socket on purpose, judging by `code`. After any other end, what was sent
    last may never have arrived."""
    # NO_CODE should mean a goodbye, but some servers also report it for connections that broke. Others report
    # None instead.
    return code is None or code in _GOODBYES or code in OWN_CODES


def as_standard(code: int | None) -> int | None:
    """The code of the standard that replaces a client's `code` for libraries.

    The iOS app's code is a goodbye, whatever the standard says. So is the answer to our own close: a client
    that answers it has read everything before it.
    """
    return NORMAL if code in (IOS_GOODBYE, SERVICE_RESTART) else code
