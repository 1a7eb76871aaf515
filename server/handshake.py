"""The opening handshake (RFC 6455, section 4.2): what a client asks for, and what it is answered.

A library allows for all that a request may be, and reads it in several steps. Here the usual request for a
socket is read at once; websockets reads all others, and refuses those that break a rule. No extension is
agreed to, so all receivers of a frame get the same bytes, uncompressed.
"""

import logging
import re
from base64 import b64encode
from collections.abc import Iterable
from hashlib import sha1
from http import HTTPStatus
from typing import NamedTuple

from websockets.http11 import Request
from websockets.server import ServerProtocol

Header = tuple[bytes, bytes]

VERSION = "13"
# What ends the head of a request.
END_OF_HEAD = b"\r\n\r\n"

# What libraries treat in ways of their own is not usual: what follows a semicolon, a fragment, and two
# slashes, which may begin the name of a host.
_FIRST = re.compile(r"GET (/(?!/)[!\"$-:<->@-~]*)(?:\?([!\"$-~]*))? HTTP/1\.1")
_FIELD = re.compile(r"([!#-'*+.0-9A-Z^_`a-z|~-]+):([\t -~]*)")
_HOST = re.compile(r"[A-Za-z0-9.-]+(:[0-9]+)?")
_KEY = re.compile(r"[A-Za-z0-9+/]{22}==")
_CONNECTION = frozenset(["upgrade", "keep-alive, upgrade"])
# What clients ask for that would compress. Nothing is agreed to.
_EXTENSIONS = frozenset(["", "permessage-deflate", "permessage-deflate; client_max_window_bits"])
_LONGEST = 16 * 1024

# What the standard puts behind a client's key, to show that the server has read it.
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_ACCEPTED = (
    b"HTTP/1.1 101 Switching Protocols\r\nServer: im66\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n"
)
_MALFORMED = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
# The library would log each request that breaks a rule, with a traceback.
SILENT = logging.getLogger("im66.server.silent")
SILENT.setLevel(logging.CRITICAL + 1)


class UpgradeRequest(NamedTuple):
    """What a request for a socket asks for."""

    # As in the request, without the query.
    path: str
    query: str
    key: str
    # Names in lower case, in the order in which they came.
    fields: list[Header]
    subprotocols: list[str]


def parse_upgrade(head: bytes) -> UpgradeRequest | bytes:
    """What the request asks for, or the answer that refuses it."""
    return parse_usual_upgrade(head) or parse_by_library(head)


def parse_usual_upgrade(head: bytes) -> UpgradeRequest | None:
    """What the request in `head` asks for if it is a usual one, whole, with nothing behind it; else None."""
    if len(head) > _LONGEST or not (head.endswith(END_OF_HEAD) and head.isascii()):
        return None
    first, *lines = head[:-4].decode().split("\r\n")
    target = _FIRST.fullmatch(first)
    fields = {}
    for line in lines:
        if not (field := _FIELD.fullmatch(line)):
            return None
        fields[field[1].lower()] = field[2].strip()
    is_usual = (
        len(fields) == len(lines)
        and _HOST.fullmatch(fields.get("host", ""))
        and fields.get("upgrade", "").lower() == "websocket"
        and fields.get("connection", "").lower() in _CONNECTION
        and fields.get("sec-websocket-version") == VERSION
        and _KEY.fullmatch(key := fields.get("sec-websocket-key", ""))
        and fields.get("sec-websocket-extensions", "") in _EXTENSIONS
        and "sec-websocket-protocol" not in fields
    )
    if not (is_usual and target):
        return None
    headers = _passed_on((name.encode(), value.encode()) for name, value in fields.items())
    return UpgradeRequest(target[1], target[2] or "", key, headers, [])


def acceptance(key: str, subprotocol: str | None) -> bytes:
    """The answer to a request with that key. The application has chosen one of the subprotocols or none."""
    accepted = b64encode(sha1(key.encode() + _GUID, usedforsecurity=False).digest())
    chosen = b"Sec-WebSocket-Protocol: %s\r\n" % subprotocol.encode() if subprotocol else b""
    return b"%sSec-WebSocket-Accept: %s\r\n%s\r\n" % (_ACCEPTED, accepted, chosen)


def parse_by_library(head: bytes) -> UpgradeRequest | bytes:
    """The same for any request."""
    library = ServerProtocol(logger=SILENT)
    library.receive_data(head)
    for request in library.events_received():
        if isinstance(request, Request) and _is_addressed(request):
            response = library.accept(request)
            if response.status_code == HTTPStatus.SWITCHING_PROTOCOLS:
                return _upgrade_of(request)
            library.send_response(response)
    return b"".join(library.data_to_send()) or _MALFORMED


def _is_addressed(request: Request) -> bool:
    """Whether it names one host, as it must, and a path. The library leaves both to its caller."""
    is_path = request.path.startswith("/") and "#" not in request.path
    return is_path and len(request.headers.get_all("Host")) == 1


def _upgrade_of(request: Request) -> UpgradeRequest:
    path, _, query = request.path.partition("?")
    headers = request.headers
    fields = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.raw_items()]
    listed = ",".join(headers.get_all("Sec-WebSocket-Protocol")).split(",")
    subprotocols = [name.strip() for name in listed if name.strip()]
    return UpgradeRequest(path, query, headers["Sec-WebSocket-Key"], _passed_on(fields), subprotocols)


def _passed_on(fields: Iterable[Header]) -> list[Header]:
    """The fields that the application gets: none whose name has an underscore, which it would take
    for a hyphen, and so for a field that a proxy has removed."""
    return [field for field in fields if b"_" not in field[0]]
