"""The opening handshake of WebSockets (RFC 6455, section 4.2): parses the request and makes the answer.

A library supports every valid request, and parses it in several steps. Here the usual upgrade request is
parsed by a few regular expressions; the websockets library parses all others, and refuses invalid ones. No
extension is negotiated, so all receivers of a frame get the same bytes, uncompressed.
"""

import logging
import re
from base64 import b64encode
from collections.abc import Iterable
from functools import lru_cache
from hashlib import sha1
from http import HTTPStatus
from itertools import starmap
from typing import NamedTuple

from websockets.http11 import Request
from websockets.server import ServerProtocol

Header = tuple[bytes, bytes]

VERSION = "13"
# The end of the head of a request.
END_OF_HEAD = b"\r\n\r\n"

# Targets that libraries parse in different ways are not usual: those with a semicolon, a fragment, or two
# slashes at the beginning, which may introduce a host name.
_FIRST = re.compile(r"GET (/(?!/)[!\"$-:<->@-~]*)(?:\?([!\"$-~]*))? HTTP/1\.1")
_FIELD = re.compile(r"([!#-'*+.0-9A-Z^_`a-z|~-]+):([\t -~]*)")
_HOST = re.compile(r"[A-Za-z0-9.-]+(:[0-9]+)?")
_KEY = re.compile(r"[A-Za-z0-9+/]{22}==")
_CONNECTION = frozenset(["upgrade", "keep-alive, upgrade"])
# The compression that clients offer. It is not negotiated.
_EXTENSIONS = frozenset(["", "permessage-deflate", "permessage-deflate; client_max_window_bits"])
_MAX_HEAD_BYTES = 16 * 1024
# The longest field that sockets share, in characters.
_MAX_SHARED = 256

# The constant of the standard that is appended to a client's key to compute the accept token.
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_ACCEPTED = (
    b"HTTP/1.1 101 Switching Protocols\r\nServer: im66\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n"
)
_MALFORMED = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
# A logger without output: the library would log each invalid request with a traceback.
SILENT = logging.getLogger("im66.server.silent")
SILENT.setLevel(logging.CRITICAL + 1)


class UpgradeRequest(NamedTuple):
    """A parsed upgrade request."""

    # Not decoded, without the query.
    path: str
    query: str
    key: str
    # With names in lower case, in the order of the request.
    fields: list[Header]
    subprotocols: list[str]


def parse_upgrade(head: bytes) -> UpgradeRequest | bytes:
    """Parse the request; return the answer that refuses it if it is invalid."""
    return parse_usual_upgrade(head) or parse_by_library(head)


def parse_usual_upgrade(head: bytes) -> UpgradeRequest | None:
    """Parse the request in `head` if it is a usual one, complete and with nothing after it; else return
    None."""
    if len(head) > _MAX_HEAD_BYTES or not (head.endswith(END_OF_HEAD) and head.isascii()):
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
    headers = _safe_headers(starmap(_header, fields.items()))
    return UpgradeRequest(target[1], target[2] or "", key, headers, [])


def _header(name: str, value: str) -> Header:
    is_shared = name != "sec-websocket-key" and len(name) + len(value) <= _MAX_SHARED
    return _shared_header(name, value) if is_shared else (name.encode(), value.encode())


# Most clients send the same few fields, whose copies would take 700 bytes for each socket.
@lru_cache(1024)
def _shared_header(name: str, value: str) -> Header:
    return name.encode(), value.encode()


def acceptance(key: str, subprotocol: str | None) -> bytes:
    """Return the answer that accepts a request with this key. `subprotocol`: the one that the application has
    chosen, if any."""
    accepted = b64encode(sha1(key.encode() + _GUID, usedforsecurity=False).digest())
    chosen = b"Sec-WebSocket-Protocol: %s\r\n" % subprotocol.encode() if subprotocol else b""
    return b"%sSec-WebSocket-Accept: %s\r\n%s\r\n" % (_ACCEPTED, accepted, chosen)


def parse_by_library(head: bytes) -> UpgradeRequest | bytes:
    """Parse any request with the websockets library; return the answer that refuses it if it is invalid."""
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
    """Return whether the request has exactly one host, and a path. The library checks neither."""
    is_path = request.path.startswith("/") and "#" not in request.path
    return is_path and len(request.headers.get_all("Host")) == 1


def _upgrade_of(request: Request) -> UpgradeRequest:
    path, _, query = request.path.partition("?")
    headers = request.headers
    fields = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.raw_items()]
    names = ",".join(headers.get_all("Sec-WebSocket-Protocol")).split(",")
    subprotocols = [name.strip() for name in names if name.strip()]
    return UpgradeRequest(path, query, headers["Sec-WebSocket-Key"], _safe_headers(fields), subprotocols)


def _safe_headers(fields: Iterable[Header]) -> list[Header]:
    """Return the fields for the application, without those whose names have an underscore: WSGI-style names
    would confuse these with fields with a hyphen, which a proxy may have removed."""
    return [field for field in fields if b"_" not in field[0]]
