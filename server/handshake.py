"""The opening handshake (RFC 6455, section 4.2) under uvicorn.

wsproto would read the request with an HTTP parser of its own, even if uvicorn's HTTP side has read it, and
build the answer with it. This module handles the usual case without that parser: a request that asks for no
subprotocol and is accepted. wsproto handles everything else.
"""

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from hashlib import sha1
from typing import Any

from wsproto import ConnectionType, WSConnection
from wsproto.connection import Connection, ConnectionState
from wsproto.events import AcceptConnection, CloseConnection, Event, Request
from wsproto.handshake import H11Handshake

from server.close_codes import is_goodbye
from server.opening import Opening, usual_opening

Header = tuple[bytes, bytes]

_NOT_TOLD = ("host", "sec-websocket-extensions")
# What the standard puts behind a client's key, to show that the server has read it.
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_ACCEPTED = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"


class Handshake:
    """What a WSConnection expects of its handshake. It agrees to no extension, so all receivers of a frame
    get the same bytes, uncompressed. `connection` exists once wsproto has to read or write a frame: most
    sockets never need one, which takes 1.7 KB."""

    def __init__(self) -> None:
        self.connection: Connection | None = None
        self._is_accepted = False
        self._head = b""
        self._request: Request | None = None
        self._told = False
        self._general: H11Handshake | None = None

    @property
    def state(self) -> ConnectionState:
        if self._general:
            return self._general.state
        return ConnectionState.OPEN if self._is_accepted else ConnectionState.CONNECTING

    def begin(self, head: bytes, opening: Opening) -> Request:
        """Take the head of a request that has been read, and return what it asks for."""
        self._head, self._request, self._told = head, _request_of(opening), True
        return self._request

    def receive_data(self, data: bytes | None) -> None:
        """Take the head of the request, as uvicorn writes it, and later frames. Raises
        RemoteProtocolError."""
        if self._is_accepted:
            self._connect().receive_data(data)
        elif self._general:
            self._general.receive_data(data)
        elif not self._request:
            self._read(data or b"")

    def events(self) -> Iterator[Event]:
        if self._general:
            yield from self._general.events()
        elif self._request and not self._told:
            self._told = True
            yield self._request

    def send(self, event: Event) -> bytes:
        """The bytes of `event`. Raises LocalProtocolError."""
        if self._is_accepted:
            return self._connect().send(event)
        if isinstance(event, AcceptConnection):
            fields = _fields(tuple(event.extra_headers))
            if self._request and not event.subprotocol and fields is not None:
                answer = _acceptance(self._request, fields)
                self._is_accepted = True
                self._head, self._request = b"", None
                return answer
            event = replace(event, extensions=[])
        general = self._general or self._leave_to_wsproto()
        answer = general.send(event)
        self.connection = general.connection
        return answer

    def _read(self, data: bytes) -> None:
        self._head += data
        if opening := usual_opening(self._head):
            self._request = _request_of(opening)
        else:
            self._leave_to_wsproto()

    def _connect(self) -> Connection:
        self.connection = Connection(ConnectionType.SERVER)
        return self.connection

    def _leave_to_wsproto(self) -> H11Handshake:
        self._general = H11Handshake(ConnectionType.SERVER)
        self._general.receive_data(self._head)
        if self._told:
            list(self._general.events())
        return self._general


class ServerConnection(WSConnection):
    """wsproto's connection, with this handshake. `only_code`: the code of each close, if there is one.
    Answers to a client's close are not sent here."""

    def __init__(self) -> None:
        self.client = False
        self.handshake: Any = Handshake()
        self.connection = None
        self.only_code: int | None = None

    def send(self, event: Event) -> bytes:
        """The bytes of `event`. Raises LocalProtocolError."""
        if self.only_code and isinstance(event, CloseConnection):
            event = CloseConnection(self.only_code)
        return super().send(event)

    def answer_to(self, event: CloseConnection) -> CloseConnection:
        """What answers a client's close. If the client breaks a rule, wsproto reports a close as well; then
        it is the server that closes."""
        is_ours = self.state is ConnectionState.OPEN and not is_goodbye(event.code)
        return CloseConnection(self.only_code) if self.only_code and is_ours else event


def _request_of(opening: Opening) -> Request:
    told = [
        (name.encode(), value.encode()) for name, value in opening.fields.items() if name not in _NOT_TOLD
    ]
    return Request(opening.fields["host"], opening.path + opening.query, extra_headers=told)


# Within one second all are the same, including the date.
@lru_cache(maxsize=8)
def _fields(headers: tuple[Header, ...]) -> bytes | None:
    """The headers as lines; None if one of them contains a line break."""
    if any(b"\r" in part or b"\n" in part for header in headers for part in header):
        return None
    return b"".join(b"%s: %s\r\n" % header for header in headers)


def _acceptance(request: Request, fields: bytes) -> bytes:
    key = dict(request.extra_headers)[b"sec-websocket-key"]
    accepted = b64encode(sha1(key + _GUID, usedforsecurity=False).digest())
    return b"%sSec-WebSocket-Accept: %s\r\n%s\r\n" % (_ACCEPTED, accepted, fields)
