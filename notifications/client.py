"""Sends requests and reads what is answered: no redirect is followed, no long answer read to its end, and
no request takes longer than SECONDS."""

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
# When the status is known, the rest of the answer is read for so long: without it, the connection is closed.
REST_SECONDS = 1.0
# A connection that was not used for so long is not used again, and at most so many are kept.
IDLE_SECONDS, MAX_IDLE = 20.0, 64
_HEAD_BYTES = 16 * 1024


class RequestFailed(Exception):
    """There is no answer. The text says why, for people."""


class NotSent(RequestFailed):
    """It was not tried: the machine has too much to look up."""


class _Connection:
    """To one address. It stays there, whatever its name leads to later."""

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
        """Raises OSError, EOFError and h11.ProtocolError."""
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
        """Whether it is still open."""
        return not self._reader.at_eof()

    def reset_if_complete(self) -> bool:
        """Whether the answer was read to its end. Then it may be used again."""
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
    """Keeps connections open for the next request to the same place. It looks names up apart from other
    clients, so that no client waits for a name of another. `answer_bytes`: so much of an answer is read."""

    def __init__(self, answer_bytes: int = ANSWER_BYTES) -> None:
        self._answer_bytes = answer_bytes
        self._resolver = Resolver()
        # In the order in which they were used. One that may lead inside serves no request that may not.
        self._idle: dict[_Connection, tuple[HostPort, bool]] = {}
        # Each is shared by all requests to its place.
        self._shared: dict[tuple[HostPort, bool], Http2Connection] = {}
        self._opening = asyncio.Lock()

    async def send(
        self,
        request: OutgoingRequest,
        seconds: float = SECONDS,
        on_connect: Callable[[str], None] = lambda _: None,
    ) -> EndpointAnswer:
        """`on_connect`: called with the address before anything is sent there. Raises RequestFailed, and what
        `on_connect` raises."""
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
            # It may have been closed at the other end just now.
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
            address, reader, writer = await self._open(
                host_port,
                on_connect,
                _verifying_http2_context() if host_port.is_secure else None,
                allow_private=allow_private,
            )
            made = Http2Connection(address, reader, writer, self._answer_bytes)
            self._shared[host_port, allow_private] = made
            return made

    async def _connect(
        self, host_port: HostPort, on_connect: Callable[[str], None], *, allow_private: bool
    ) -> _Connection:
        context = verifying_context() if host_port.is_secure else None
        address, reader, writer = await self._open(
            host_port, on_connect, context, allow_private=allow_private
        )
        return _Connection(address, reader, writer, self._answer_bytes)

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
        for connection in reversed(
            [one for one, of in self._idle.items() if of == (host_port, allow_private)]
        ):
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
