"""The opening handshake (RFC 6455, section 4.2): what a client asks for, and what it is answered.

`opening` reads the usual request; websockets reads all others, and refuses those that break a rule. No
extension is agreed to, so all receivers of a frame get the same bytes, uncompressed.
"""

import logging
from base64 import b64encode
from collections.abc import Iterable
from functools import lru_cache
from hashlib import sha1
from http import HTTPStatus
from typing import NamedTuple

from websockets.http11 import Request
from websockets.server import ServerProtocol

from server.opening import Opening, usual_opening

Header = tuple[bytes, bytes]

# What the standard puts behind a client's key, to show that the server has read it.
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_MALFORMED = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
# The library would log each request that breaks a rule, with a traceback.
SILENT = logging.getLogger("im66.server.silent")
SILENT.setLevel(logging.CRITICAL + 1)


class Asked(NamedTuple):
    """What a request for a socket asks for."""

    # As in the request, without the query.
    path: str
    query: str
    key: str
    # Names in lower case, in the order in which they came.
    fields: list[Header]
    subprotocols: list[str]


def asked_by(head: bytes) -> Asked | bytes:
    """What the request asks for, or the answer that refuses it."""
    opening = usual_opening(head)
    return asked_usually(opening) if opening else read_by_library(head)


def asked_usually(opening: Opening) -> Asked:
    """What a usual request asks for."""
    fields = [(name.encode(), value.encode()) for name, value in opening.fields.items()]
    key = opening.fields["sec-websocket-key"]
    return Asked(opening.path, opening.query.removeprefix("?"), key, _told(fields), [])


def acceptance(first: bytes, key: str, subprotocol: str | None, headers: tuple[Header, ...] = ()) -> bytes:
    """The answer that begins with `first`, the lines that are always the same. Raises ValueError if a value
    contains a line break."""
    accepted = b64encode(sha1(key.encode() + _GUID, usedforsecurity=False).digest())
    chosen = ((b"Sec-WebSocket-Protocol", subprotocol.encode()),) if subprotocol else ()
    return b"%sSec-WebSocket-Accept: %s\r\n%s\r\n" % (first, accepted, _lines((*chosen, *headers)))


# Within one second all are the same, including the date.
@lru_cache(maxsize=8)
def _lines(headers: tuple[Header, ...]) -> bytes:
    if any(b"\r" in part or b"\n" in part for header in headers for part in header):
        raise ValueError("A header contains a line break.")
    return b"".join(b"%s: %s\r\n" % header for header in headers)


def read_by_library(head: bytes) -> Asked | bytes:
    """The same for any request."""
    library = ServerProtocol(logger=SILENT)
    library.receive_data(head)
    for request in library.events_received():
        if isinstance(request, Request) and _is_addressed(request):
            response = library.accept(request)
            if response.status_code == HTTPStatus.SWITCHING_PROTOCOLS:
                return _asked(request)
            library.send_response(response)
    return b"".join(library.data_to_send()) or _MALFORMED


def _is_addressed(request: Request) -> bool:
    """Whether it names one host, as it must, and a path. The library leaves both to its caller."""
    is_path = request.path.startswith("/") and "#" not in request.path
    return is_path and len(request.headers.get_all("Host")) == 1


def _asked(request: Request) -> Asked:
    path, _, query = request.path.partition("?")
    headers = request.headers
    fields = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.raw_items()]
    asked = ",".join(headers.get_all("Sec-WebSocket-Protocol")).split(",")
    subprotocols = [name.strip() for name in asked if name.strip()]
    return Asked(path, query, headers["Sec-WebSocket-Key"], _told(fields), subprotocols)


def _told(fields: Iterable[Header]) -> list[Header]:
    """The fields of which the application is told. Where a name has an underscore, it would take it for a
    hyphen, and so for a field that a proxy has removed."""
    return [field for field in fields if b"_" not in field[0]]
