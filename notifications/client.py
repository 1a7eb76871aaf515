"""An HTTP client for untrusted servers: it follows no redirects, reads only the beginning of long responses,
and takes at most SECONDS for a request."""

import asyncio
import ssl
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import h11

from notifications.addresses import AddressRefused, HostPort, Resolver, Unresolved, host_port_of
from notifications.answers import ResponseReader
from notifications.exchange import EndpointAnswer, OutgoingRequest, retry_after

if TYPE_CHECKING:
    from notifications.http2 import Http2Connection

SECONDS = 10.0
ANSWER_BYTES = 64 * 1024
# After the head of a response, its body may take this long. An incomplete body is cut, and the connection
# closed.
REST_SECONDS = 1.0
# Idle connections are closed after IDLE_SECONDS, and if there are more than MAX_IDLE.
IDLE_SECONDS, MAX_IDLE = 20.0, 64
_HEAD_BYTES = 16 * 1024


class RequestFailed(Exception):
    """No response was received. The text gives the reason for people."""


class NotSent(RequestFailed):
    """The request was not sent, because too many name lookups are running."""


class _Connection:
    """An HTTP/1.1 connection to one address, even if the name resolves to another one later."""

    def __init__(
        self, address: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answer_bytes: int
    ) -> None:
        self.address = address
        self._answer_bytes = answer_bytes
        self._reader = reader
        self._writer = writer
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_HEAD_BYTES)
        self.used_at = 0.0

    async def exchange(self, request: OutgoingRequest, host_port: HostPort) -> EndpointAnswer:
        """Send the request and return the response. Raises OSError, EOFError and h11.ProtocolError."""
        parts = urlsplit(request.url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        headers = [("Host", host_port.netloc), ("Content-Length", str(len(request.body))), *request.headers]
        sent = self._http.send(h11.Request(method=request.method, target=target, headers=headers))
        body = self._http.send(h11.Data(data=request.body)) if request.body else b""
        end = self._http.send(h11.EndOfMessage())
        self._writer.write((sent or b"") + (body or b"") + (end or b""))
        await self._writer.drain()
        return await self._read(ResponseReader(self._http, self._reader, self._answer_bytes))

    def is_open(self) -> bool:
        """Whether the server has not closed it."""
        return not self._reader.at_eof()

    def reset_if_complete(self) -> bool:
        """Prepare the connection for another request. Return False if the response was not read to its end;
        then the connection cannot be used again."""
        if self._http.our_state is h11.DONE and self._http.their_state is h11.DONE:
            self._http.start_next_cycle()
            return True
        return False

    def close(self) -> None:
        with suppress(Exception):
            self._writer.transport.abort()

    async def _read(self, response_reader: ResponseReader) -> EndpointAnswer:
        while True:
            event = await response_reader.next_event()
            if isinstance(event, h11.Response):
                break
            if event is None or isinstance(event, h11.EndOfMessage | h11.ConnectionClosed):
                raise EOFError("no answer")
        body = bytearray()
        with suppress(OSError, h11.ProtocolError, TimeoutError):
            async with asyncio.timeout(REST_SECONDS):
                while isinstance(part := await response_reader.next_event(), h11.Data):
                    body += part.data
        headers = {name: value.decode("latin-1") for name, value in event.headers}
        return EndpointAnswer(event.status_code, retry_after(headers.get(b"retry-after", "")), bytes(body))


class Client:
    """Reuses connections to the same host and port. Each client has its own resolver, so that a hanging
    lookup of one client does not delay another. `answer_bytes`: how much of a response is read."""

    def __init__(self, answer_bytes: int = ANSWER_BYTES) -> None:
        self._answer_bytes = answer_bytes
        self._resolver = Resolver()
        # By last use, oldest first. A connection that may be to a private address is not used for a request
        # that may not be.
        self._idle: dict[_Connection, tuple[HostPort, bool]] = {}
        # An HTTP/2 connection is shared by all requests to its host and port.
        self._shared: dict[tuple[HostPort, bool], Http2Connection] = {}
        self._opening = asyncio.Lock()

    async def send(
        self,
        request: OutgoingRequest,
        seconds: float = SECONDS,
        on_connect: Callable[[str], None] = lambda _: None,
    ) -> EndpointAnswer:
        """Send the request and return the response. `on_connect` is called with the address before anything
        is sent to it. Raises RequestFailed, and the exceptions of `on_connect`."""
        try:
            async with asyncio.timeout(seconds):
                return await self._send(request, host_port_of(request.url), on_connect)
        except TimeoutError:
            raise RequestFailed(f"no answer within {seconds:.0f} seconds") from None
        except ssl.SSLCertVerificationError as error:
            raise RequestFailed(f"certificate: {error.verify_message}") from None
        except AddressRefused as error:
            raise RequestFailed(str(error)) from None
        except Unresolved as error:
            raise NotSent(str(error)) from None
        except h11.LocalProtocolError:
            # The error quotes the header, which may be a key.
            raise RequestFailed("a key or a token has characters that cannot be sent") from None
        except (h11.ProtocolError, EOFError, UnicodeError) as error:
            raise RequestFailed(f"not an answer: {error}") from None
        except OSError as error:
            raise RequestFailed(f"not reached: {error.strerror or error}") from None

    def close(self) -> None:
        for connection in self._idle:
            connection.close()
        for shared in self._shared.values():
            shared.close()
        self._idle.clear()
        self._shared.clear()
        self._resolver.close()

    async def _send(
        self, request: OutgoingRequest, host_port: HostPort, on_connect: Callable[[str], None]
    ) -> EndpointAnswer:
        if request.is_http2:
            return await self._send_over_http2(request, host_port, on_connect)
        if idle := self._idle_connection(host_port, request.may_be_private):
            on_connect(idle.address)
            # The server may have closed it in this moment: then a new connection is made.
            with suppress(OSError, EOFError, h11.ProtocolError):
                return await self._exchange(idle, request, host_port)
        connection = await self._connect(host_port, on_connect, allow_private=request.may_be_private)
        return await self._exchange(connection, request, host_port)

    async def _send_over_http2(
        self, request: OutgoingRequest, host_port: HostPort, on_connect: Callable[[str], None]
    ) -> EndpointAnswer:
        from h2.exceptions import ProtocolError

        shared = await self._shared_connection(host_port, on_connect, allow_private=request.may_be_private)
        try:
            return await shared.exchange(request, host_port)
        except ProtocolError as error:
            raise EOFError(type(error).__name__) from error

    async def _shared_connection(
        self, host_port: HostPort, on_connect: Callable[[str], None], *, allow_private: bool
    ) -> "Http2Connection":
        from notifications.http2 import Http2Connection

        async with self._opening:
            shared = self._shared.get((host_port, allow_private))
            if shared is not None and shared.is_open():
                on_connect(shared.address)
                return shared
            context = _verifying_http2_context() if host_port.is_secure else None
            opened = await self._open(host_port, on_connect, context, allow_private=allow_private)
            connection = Http2Connection(*opened, self._answer_bytes)
            self._shared[host_port, allow_private] = connection
            return connection

    async def _connect(
        self, host_port: HostPort, on_connect: Callable[[str], None], *, allow_private: bool
    ) -> _Connection:
        context = verifying_context() if host_port.is_secure else None
        opened = await self._open(host_port, on_connect, context, allow_private=allow_private)
        return _Connection(*opened, self._answer_bytes)

    async def _open(
        self,
        host_port: HostPort,
        on_connect: Callable[[str], None],
        context: ssl.SSLContext | None,
        *,
        allow_private: bool,
    ) -> tuple[str, asyncio.StreamReader, asyncio.StreamWriter]:
        address = await self._resolver.resolve(host_port, allow_private=allow_private)
        on_connect(address)
        name = host_port.host if context else None
        reader, writer = await asyncio.open_connection(
            address, host_port.port, ssl=context, server_hostname=name
        )
        return address, reader, writer

    def _idle_connection(self, host_port: HostPort, allow_private: bool) -> _Connection | None:
        self._close_old()
        key = host_port, allow_private
        for connection in reversed([idle for idle, its_key in self._idle.items() if its_key == key]):
            del self._idle[connection]
            if connection.is_open():
                return connection
            connection.close()
        return None

    def _close_old(self) -> None:
        before = asyncio.get_running_loop().time() - IDLE_SECONDS
        while self._idle:
            oldest = next(iter(self._idle))
            if len(self._idle) <= MAX_IDLE and oldest.used_at > before:
                break
            del self._idle[oldest]
            oldest.close()

    async def _exchange(
        self, connection: _Connection, request: OutgoingRequest, host_port: HostPort
    ) -> EndpointAnswer:
        can_be_reused = False
        try:
            answer = await connection.exchange(request, host_port)
            can_be_reused = connection.reset_if_complete()
        finally:
            if not can_be_reused:
                connection.close()
        if can_be_reused:
            connection.used_at = asyncio.get_running_loop().time()
            self._idle[connection] = host_port, request.may_be_private
            self._close_old()
        return answer


@cache
def verifying_context() -> ssl.SSLContext:
    return ssl.create_default_context()


@cache
def _verifying_http2_context() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.set_alpn_protocols(["h2"])
    return context
