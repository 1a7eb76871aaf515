"""The connections of clients, until their first bytes show whether they become a WebSocket or HTTP.

Twisted would treat each as HTTP: it reads the head line by line and makes a request of it. With its
transport, this took a third of the work of a login. Here asyncio has the connections, and the usual upgrade
request of an app becomes a socket at once. Everything else is passed to Twisted's channel unchanged.
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

# A client that has not sent the whole head of a request after this time is disconnected.
HEAD_SECONDS = 60.0
# The limit for the request line and all headers together.
MAX_HEAD_BYTES = 64 * 1024
# The descriptors that are kept free for the database, files and connections to other servers. Bodies of
# requests are 512 files at most (uploads/arriving.py); everything else takes fewer than the rest.
RESERVED_DESCRIPTORS = 512 + 64
LOG_INTERVAL_SECONDS = 60.0
_next_log = 0.0
_LOST = Failure(ConnectionDone())  # type: ignore[no-untyped-call]


class Connection(asyncio.Protocol):
    """One connection, until its first bytes arrive."""

    def __init__(self, server: Any) -> None:
        self._server = server

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._timeout = asyncio.get_running_loop().call_later(HEAD_SECONDS, abort, transport)
        if is_beyond_limit(transport.get_extra_info("socket").fileno()):
            transport.close()

    def data_received(self, data: bytes) -> None:
        read_in_turn(self._transport, self._begin, data)

    def connection_lost(self, _: Exception | None) -> None:
        self._timeout.cancel()

    def _begin(self, data: bytes) -> None:
        self._timeout.cancel()
        # Frames may come with the request.
        end = data.find(END_OF_HEAD) + len(END_OF_HEAD)
        if upgrade := parse_usual_upgrade(data[:end]):
            socket = WebSocket(self._server, self._transport)
            socket.begin(upgrade)
            if end < len(data):
                socket.data_received(data[end:])
        else:
            left = self._timeout.when() - asyncio.get_running_loop().time()
            HTTPConnection(self._server, self._transport, left).read(data)


@implementer(ITransport, IPushProducer)
class HTTPConnection(asyncio.Protocol):
    """A connection that has not begun with the usual upgrade request. It is a transport for Twisted and a
    protocol for asyncio."""

    def __init__(self, server: Any, transport: Any, seconds: float) -> None:
        """`seconds`: the time that is left for the head of the first request."""
        self.transport = transport
        self._producer: Any = None
        transport.set_protocol(self)
        self._channel = _make_channel(server.http_factory)
        self._channel.makeConnection(self)
        self._channel.setTimeout(seconds)

    def read(self, data: bytes) -> None:
        """Pass data to the channel, when it is its turn."""
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
    """Reads the requests of a connection, one after the other."""

    requestFactory = Request  # noqa: N815
    # Large, because the iOS app names the members of a group in the query.
    totalHeadersSize = MAX_HEAD_BYTES  # noqa: N815
    # Larger, so that a too large head is answered: Twisted disconnects at a line that is longer than this.
    MAX_LENGTH = 2 * MAX_HEAD_BYTES

    def resetTimeout(self) -> None:  # noqa: N802
        """Restart the timeout for a body only: Twisted would restart it with each byte of a head, too."""
        if not self.line_mode:
            super().resetTimeout()  # type: ignore[no-untyped-call]

    def allHeadersReceived(self) -> None:  # noqa: N802
        """Start the timeout of the body."""
        super().allHeadersReceived()  # type: ignore[no-untyped-call]
        self.setTimeout(self.timeOut)  # type: ignore[no-untyped-call]

    def lineReceived(self, line: bytes) -> None:  # noqa: N802
        # Clients put names into a URL without encoding (such as `name=我的群`); Twisted accepts ASCII only.
        if line.endswith((b" HTTP/1.1", b" HTTP/1.0")) and not line.isascii():
            line = quote(line, safe=printable).encode()
        super().lineReceived(line)  # type: ignore[no-untyped-call]


def _make_channel(factory: Any) -> Any:
    untyped: Any = HTTPChannel
    channel = untyped()
    channel.factory, channel.timeOut = factory, HEAD_SECONDS
    return channel


def read_in_turn(transport: Any, read: Callable[[bytes], None], data: bytes) -> None:
    """Call `read(data)` now, or when it is its turn. Until then, the transport is paused."""
    if arrivals().may_read():
        read(data)
    else:
        transport.pause_reading()
        arrivals().wait(address_of(transport), partial(_resume, transport, read, data))


def _resume(transport: Any, read: Callable[[bytes], None], data: bytes) -> None:
    if not transport.is_closing():
        transport.resume_reading()
        read(data)


def _address(pair: tuple[Any, ...]) -> IPv4Address | IPv6Address:
    address_type = IPv6Address if ":" in pair[0] else IPv4Address
    return address_type("TCP", *pair[:2])


def is_beyond_limit(descriptor: int) -> bool:
    """Return whether a new connection with this descriptor must be closed, because only the reserved
    descriptors are left.

    The system always assigns the lowest free number, so as many descriptors are in use.
    """
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    reserved = min(RESERVED_DESCRIPTORS, limit // 2)
    is_beyond = limit != resource.RLIM_INFINITY and descriptor >= limit - reserved
    if is_beyond:
        _log_refusal(limit)
    return is_beyond


def _log_refusal(limit: int) -> None:
    global _next_log
    if time.monotonic() >= _next_log:
        _next_log = time.monotonic() + LOG_INTERVAL_SECONDS
        logger.error("Nearly all of %d descriptors are in use: connections are refused (ulimit -n).", limit)
