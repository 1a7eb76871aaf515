"""The opening handshake (RFC 6455, section 4.2), read from what a client sends.

A library allows for all that a request may be, and reads it in several steps. This module reads the usual
request for a socket; websockets reads all others (see `handshake`).
"""

import re
from typing import NamedTuple

VERSION = 13
# What ends the head of a request.
END_OF_HEAD = b"\r\n\r\n"
# The most bytes that a client may send on a socket before it is accepted. The Android app sends its login on
# its newest socket, which may not be open yet.
MAX_EARLY_BYTES = 64 * 1024
# A client that has not sent the whole head of a request after so long is disconnected, however it sends it.
HEAD_SECONDS = 60.0

# What libraries treat in ways of their own is not usual: what follows a semicolon, a fragment, and two
# slashes, which may begin the name of a host.
_FIRST = re.compile(r"GET (/(?!/)[!\"$-:<->@-~]*)(\?[!\"$-~]*)? HTTP/1\.1")
_FIELD = re.compile(r"([!#-'*+.0-9A-Z^_`a-z|~-]+):([\t -~]*)")
_HOST = re.compile(r"([A-Za-z0-9.-]+)(?::[0-9]+)?")
_KEY = re.compile(r"[A-Za-z0-9+/]{22}==")
_CONNECTION = frozenset(["upgrade", "keep-alive, upgrade"])
# What clients ask for that would compress. Nothing is agreed to.
_EXTENSIONS = frozenset(["", "permessage-deflate", "permessage-deflate; client_max_window_bits"])
_LONGEST = 16 * 1024


class Opening(NamedTuple):
    """A request for a socket that follows all rules."""

    # The name without the port.
    host: str
    path: str
    # With its question mark; empty if there is none.
    query: str
    # Names in lower case, in the order in which they came.
    fields: dict[str, str]


def usual_opening(head: bytes) -> Opening | None:
    """The request in `head` if that is a usual one, whole, with nothing behind it; else None."""
    if len(head) > _LONGEST or not (head.endswith(END_OF_HEAD) and head.isascii()):
        return None
    first, *lines = head[:-4].decode().split("\r\n")
    found = _FIRST.fullmatch(first)
    fields = {}
    for line in lines:
        if not (field := _FIELD.fullmatch(line)):
            return None
        fields[field[1].lower()] = field[2].strip()
    host = _HOST.fullmatch(fields.get("host", ""))
    is_usual = (
        len(fields) == len(lines)
        and fields.get("upgrade", "").lower() == "websocket"
        and fields.get("connection", "").lower() in _CONNECTION
        and fields.get("sec-websocket-version") == str(VERSION)
        and _KEY.fullmatch(fields.get("sec-websocket-key", ""))
        and fields.get("sec-websocket-extensions", "") in _EXTENSIONS
        and "sec-websocket-protocol" not in fields
    )
    if not (is_usual and found and host):
        return None
    return Opening(host[1], found[1], found[2] or "", fields)
