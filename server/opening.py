"""The opening handshake (RFC 6455, section 4.2) under Daphne, whose HTTP side has already read the request.

Daphne writes the request down again, for Autobahn to read. Autobahn allows for all that a request may be, and
copies it into a dozen attributes of the socket. This module reads the usual request of an app, which asks for
a socket and nothing else; Autobahn reads all others.
"""

import re

from autobahn.websocket.types import ConnectionRequest

VERSION = 13

# Autobahn would take off what follows a semicolon, refuse a fragment, and take two slashes for a host.
_FIRST = re.compile(r"GET (/(?!/)[!\"$-:<->@-~]*)(\?[!\"$-~]*)? HTTP/1\.1")
_HOST = re.compile(r"([A-Za-z0-9.-]+)(:[0-9]+)?")
_KEY = re.compile(r"[A-Za-z0-9+/]{22}==")
_CONNECTION = frozenset(["upgrade", "keep-alive, upgrade"])
# What clients ask for that would compress. Nothing is agreed to.
_EXTENSIONS = frozenset(["", "permessage-deflate", "permessage-deflate; client_max_window_bits"])
# What Autobahn looks at more closely.
_ASKS_MORE = frozenset(["origin", "sec-websocket-protocol"])


def usual_request(head: bytes, peer: str | None) -> ConnectionRequest | None:
    """The request in `head`, as Daphne writes it, if it is a usual one and follows all rules; else None."""
    if not head.isascii() or head.find(b"\r\n\r\n") != len(head) - 4:
        return None
    first, *lines, _ = head.decode().splitlines()
    fields = dict(map(_field, lines))
    found, host = _FIRST.fullmatch(first), _HOST.fullmatch(fields.get("host", ""))
    is_usual = (
        len(fields) == len(lines)
        and "" not in fields
        and fields.get("upgrade", "").lower() == "websocket"
        and fields.get("connection", "").lower() in _CONNECTION
        and fields.get("sec-websocket-version") == str(VERSION)
        and _KEY.fullmatch(fields.get("sec-websocket-key", ""))
        and fields.get("sec-websocket-extensions", "") in _EXTENSIONS
        and _ASKS_MORE.isdisjoint(fields)
    )
    if not (is_usual and found and host):
        return None
    # Nobody asks for the parameters: Daphne has the query.
    return ConnectionRequest(peer, fields, host[1], found[1], {}, VERSION, "", [], [])  # type: ignore[no-untyped-call]


def _field(line: str) -> tuple[str, str]:
    """Its name, which is empty if there is none, and its value."""
    name, colon, value = line.partition(":")
    return name.strip().lower() if colon else "", value.strip()
