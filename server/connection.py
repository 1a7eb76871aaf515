"""Connections that clients make, until it is known what they are for.

Twisted would take each for HTTP: it reads the head line by line, makes a request of it, and asks what that is
for. With its transport, this was a third of the work of a login. Here asyncio has the connections, and the
usual request of an app makes a socket at once. Everything else goes to Twisted's channel as it came.
"""

import asyncio
import logging
import resource
import time
from collections.abc import Callable, Iterable
from functools import partial
from string import printable
from typing import Any
from urllib.parse import quote

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IPushProducer, ITransport
from twisted.python.failure import Failure
from twisted.web import http
from zope.interface import implementer

from server.arrivals import arrivals
from server.handshake import END_OF_HEAD, parse_usual_upgrade
from server.kernel import abort
from server.request import Request
from server.web_socket import WebSocket, address_of

logger = logging.getLogger(__name__)

# A client that has not sent the whole head of a request after so long is disconnected, however it sends it.
HEAD_SECONDS = 60.0
# The most that the request line and all headers take together.
HEAD_BYTES = 64 * 1024
# Descriptors that are kept free for what a process opens besides connections: its database, files, other
# servers. Bodies of requests are 512 files at most (uploads/arriving.py); all else takes fewer than the rest.
RESERVE = 512 + 64
LOG_SECONDS = 60.0
_next_log = 0.0
_LOST = Failure(ConnectionDone())  # type: ignore[no-untyped-call]


class Connection(asyncio.Protocol):
    """One connection, until its first bytes arrive."""

    def __init__(self, server: Any) -> None:
        self._server = server

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._late = asyncio.get_running_loop().call_later(HEAD_SECONDS, abort, transport)
        if are_short(transport.get_extra_info("socket").fileno()):
            transport.close()

    def data_received(self, data: bytes) -> None:
        read_in_turn(self._transport, self._begin, data)

    def connection_lost(self, _: Exception | None) -> None:
        self._late.cancel()

    def _begin(self, data: bytes) -> None:
        self._late.cancel()
        # Frames may come with the request.
        end = data.find(END_OF_HEAD) + len(END_OF_HEAD)
        if upgrade := parse_usual_upgrade(data[:end]):
            socket = WebSocket(self._server, self._transport)
            socket.begin(upgrade)
            if end < len(data):
                socket.data_received(data[end:])
        else:
            left = self._late.when() - asyncio.get_running_loop().time()
            HTTPConnection(self._server, self._transport, left).read(data)


@implementer(ITransport, IPushProducer)
class HTTPConnection(asyncio.Protocol):
    """One connection that has not begun with the usual request for a socket. It is a transport of Twisted's,
    and a protocol of asyncio's."""

    def __init__(self, server: Any, transport: Any, seconds: float) -> None:
        """`seconds`: what is left for the head of the first request."""
        self.transport = transport
        self._producer: Any = None
        transport.set_protocol(self)
        self._channel = _channel(server.http_factory)
        self._channel.makeConnection(self)
        self._channel.setTimeout(seconds)

    def read(self, data: bytes) -> None:
        """What has had its turn."""
        self._channel.dataReceived(data)

    # Called by asyncio.

    def data_received(self, data: bytes) -> None:
        read_in_turn(self.transport, self.read, data)

    def connection_lost(self, _: Exception | None) -> None:
        self._channel.connectionLost(_LOST)

    def pause_writing(self) -> None:
        if self._producer:
            self._producer.pauseProducing()

    def resume_writing(self) -> None:
        if self._producer:
            self._producer.resumeProducing()

    # Called by Twisted.

    def write(self, data: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(data)

    def writeSequence(self, parts: Iterable[bytes]) -> None:  # noqa: N802
        self.write(b"".join(parts))

    def loseConnection(self) -> None:  # noqa: N802
        self.transport.close()

    def abortConnection(self) -> None:  # noqa: N802
        abort(self.transport)

    def registerProducer(self, producer: Any, _: bool) -> None:  # noqa: N802
        self._producer = producer

    def unregisterProducer(self) -> None:  # noqa: N802
        self._producer = None

    def pauseProducing(self) -> None:  # noqa: N802
        if not self.transport.is_closing():
            self.transport.pause_reading()

    def resumeProducing(self) -> None:  # noqa: N802
        if not self.transport.is_closing():
            self.transport.resume_reading()

    stopProducing = loseConnection  # noqa: N815

    @property
    def disconnecting(self) -> bool:
        return bool(self.transport.is_closing())

    def getPeer(self) -> Any:  # noqa: N802
        return _address(self.transport.get_extra_info("peername"))

    def getHost(self) -> Any:  # noqa: N802
        return _address(self.transport.get_extra_info("sockname"))


class HTTPChannel(http.HTTPChannel):
    """Takes requests from what arrives on a connection, one after the other."""

    requestFactory = Request  # noqa: N815
    # The iOS app names the members of a group in the query.
    totalHeadersSize = HEAD_BYTES  # noqa: N815
    # Longer, so that a head which is too large is answered. Twisted disconnects at a longer line.
    MAX_LENGTH = 2 * HEAD_BYTES

    def resetTimeout(self) -> None:  # noqa: N802
        """Twisted gives a client as much time again with each byte. A head has no more time for that."""
        if not self.line_mode:
            super().resetTimeout()  # type: ignore[no-untyped-call]

    def allHeadersReceived(self) -> None:  # noqa: N802
        """The body has its own time."""
        super().allHeadersReceived()  # type: ignore[no-untyped-call]
        self.setTimeout(self.timeOut)  # type: ignore[no-untyped-call]

    def lineReceived(self, line: bytes) -> None:  # noqa: N802
        # Clients write names into a URL without encoding (seed: `name=我的群`); Twisted accepts ASCII only.
        if line.endswith((b" HTTP/1.1", b" HTTP/1.0")) and not line.isascii():
            line = quote(line, safe=printable).encode()
        super().lineReceived(line)  # type: ignore[no-untyped-call]


def _channel(factory: Any) -> Any:
    made: Any = HTTPChannel
    channel = made()
    channel.factory, channel.timeOut = factory, HEAD_SECONDS
    return channel


def read_in_turn(transport: Any, read: Callable[[bytes], None], data: bytes) -> None:
    """Read this at once or when it is its turn. Nothing more arrives meanwhile."""
    if arrivals().may_go_on():
        read(data)
    else:
        transport.pause_reading()
        arrivals().wait(address_of(transport), partial(_go_on, transport, read, data))


def _go_on(transport: Any, read: Callable[[bytes], None], data: bytes) -> None:
    if not transport.is_closing():
        transport.resume_reading()
        read(data)


def _address(pair: tuple[Any, ...]) -> IPv4Address | IPv6Address:
    kind = IPv6Address if ":" in pair[0] else IPv4Address
    return kind("TCP", *pair[:2])


def are_short(descriptor: int) -> bool:
    """Whether the new connection that has this descriptor must be closed, because only the reserve is left.

    The system gives each the lowest number that is free, so as many are in use.
    """
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    is_short = limit != resource.RLIM_INFINITY and descriptor >= limit - min(RESERVE, limit // 2)
    if is_short:
        _log(limit)
    return is_short


def _log(limit: int) -> None:
    global _next_log
    if time.monotonic() >= _next_log:
        _next_log = time.monotonic() + LOG_SECONDS
        logger.error("Nearly all of %d descriptors are in use: connections are refused (ulimit -n).", limit)
