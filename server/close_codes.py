"""The close codes of WebSockets, and which of them are a goodbye. Pure."""

NORMAL, GOING_AWAY, VIOLATION, NO_CODE, BROKEN = 1000, 1001, 1002, 1005, 1006
INVALID_TEXT, TOO_LARGE, INTERNAL_ERROR, SERVICE_RESTART = 1007, 1009, 1011, 1012
# The goodbye of the iOS app, a code that the standard reserves.
IOS_GOODBYE = 1999
# The codes that the standard leaves to applications.
APPLICATION_CODES = range(3000, 5000)

_GOODBYES = {NORMAL, GOING_AWAY, IOS_GOODBYE}


def is_goodbye(code: int | None) -> bool:
    """Return whether the client closed the socket on purpose, judging by `code`. After any other end, the
    last data that was sent may never have arrived."""
    # NO_CODE should mean a goodbye, but some servers also report it for connections that broke. Others report
    # None instead.
    return code is None or code in _GOODBYES or code in APPLICATION_CODES


def standard_code(code: int | None) -> int | None:
    """Return the standard code that is reported for a client's `code`.

    The iOS app's code is a goodbye, although the standard reserves it. So is the answer to our own close: a
    client that answers it has read everything before it.
    """
    return NORMAL if code in (IOS_GOODBYE, SERVICE_RESTART) else code
