"""The opening handshake (RFC 6455, section 4.2) under uvicorn, whose HTTP side has already read the request.

wsproto would read it a second time with an HTTP parser of its own, and build the answer with it. This module
handles the usual case without that parser: a request that asks for no subprotocol and is accepted. wsproto
handles everything else.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from wsproto import ConnectionType, WSConnection
from wsproto.connection import Connection, ConnectionState
from wsproto.events import AcceptConnection, Event, Request
from wsproto.handshake import H11Handshake
from wsproto.utilities import generate_accept_token

Header = tuple[bytes, bytes]

_NOT_TOLD = (b"host", b"sec-websocket-extensions")
_ACCEPTED = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"


class Handshake:
    """What a WSConnection expects of its handshake. It agrees to no extension, so all receivers of a frame
    get the same bytes, uncompressed."""

    def __init__(self) -> None:
        self.connection: Connection | None = None
        self._head = b""
        self._request: Request | None = None
        self._told = False
        self._general: H11Handshake | None = None

    @property
    def state(self) -> ConnectionState:
        if self._general:
            return self._general.state
        return ConnectionState.OPEN if self.connection else ConnectionState.CONNECTING

    def receive_data(self, data: bytes | None) -> None:
        """Take the head of the request, as uvicorn writes it. Raises RemoteProtocolError."""
        if self._general:
            self._general.receive_data(data)
            return
        self._head += data or b""
        self._request = self._request or _usual_request(self._head)
        if self._request is None:
            self._leave_to_wsproto()

    def events(self) -> Iterator[Event]:
        if self._general:
            yield from self._general.events()
        elif self._request and not self._told:
            self._told = True
            yield self._request

    def send(self, event: Event) -> bytes:
        """The bytes of `event`. Raises LocalProtocolError."""
        if isinstance(event, AcceptConnection):
            fields = _fields(tuple(event.extra_headers))
            if self._request and not event.subprotocol and fields is not None:
                self.connection = Connection(ConnectionType.SERVER)
                return _acceptance(self._request, fields)
            event = replace(event, extensions=[])
        general = self._general or self._leave_to_wsproto()
        answer = general.send(event)
        self.connection = general.connection
        return answer

    def _leave_to_wsproto(self) -> H11Handshake:
        self._general = H11Handshake(ConnectionType.SERVER)
        self._general.receive_data(self._head)
        if self._told:
            list(self._general.events())
        return self._general


class ServerConnection(WSConnection):
    """wsproto's connection, with this handshake."""

    def __init__(self) -> None:
        self.client = False
        self.handshake = Handshake()  # type: ignore[assignment]
        self.connection = None


def _usual_request(head: bytes) -> Request | None:
    """The request in `head` if it asks for a socket and nothing else, and follows all rules; else None."""
    lines, end, rest = head.partition(b"\r\n\r\n")
    first, *fields = lines.split(b"\r\n")
    method, _, target = first.removesuffix(b" HTTP/1.1").partition(b" ")
    headers = [_header(field) for field in fields]
    found = dict(headers)
    is_usual = (
        end
        and not rest
        and method == b"GET"
        and head.isascii()
        and found.get(b"upgrade", b"").lower() == b"websocket"
        and b"upgrade" in _tokens(found.get(b"connection", b""))
        and found.get(b"sec-websocket-version") == b"13"
        and b"sec-websocket-key" in found
        and b"sec-websocket-protocol" not in found
        and b"host" in found
    )
    if not is_usual:
        return None
    told = [header for header in headers if header[0] not in _NOT_TOLD]
    return Request(host=found[b"host"].decode(), target=target.decode(), extra_headers=told)


def _header(field: bytes) -> Header:
    name, _, value = field.partition(b":")
    return name.lower(), value.strip()


def _tokens(value: bytes) -> list[bytes]:
    return [token.strip() for token in value.lower().split(b",")]


# Within one second all are the same, including the date.
@lru_cache(maxsize=8)
def _fields(headers: tuple[Header, ...]) -> bytes | None:
    """The headers as lines; None if one of them contains a line break."""
    if any(b"\r" in part or b"\n" in part for header in headers for part in header):
        return None
    return b"".join(b"%s: %s\r\n" % header for header in headers)


def _acceptance(request: Request, fields: bytes) -> bytes:
    key = dict(request.extra_headers)[b"sec-websocket-key"]
    return b"%sSec-WebSocket-Accept: %s\r\n%s\r\n" % (_ACCEPTED, generate_accept_token(key), fields)
