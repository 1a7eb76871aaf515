"""An HTTP/2 connection to one address, with many concurrent requests (RFC 9113)."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import urlsplit

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import (
    ConnectionTerminated,
    DataReceived,
    Event,
    ResponseReceived,
    StreamEnded,
    StreamReset,
)
from h2.exceptions import ProtocolError

from notifications.addresses import HostPort
from notifications.exchange import EndpointAnswer, OutgoingRequest, retry_after

# Other tasks get a turn after this much.
_READ_BYTES = 8 * 1024
# The connection ends if the peer sends more events than this without completing a response.
MAX_EVENTS = 2000


class _Stream:
    """A request without a complete response."""

    def __init__(self) -> None:
        self.status = 0
        self.retry_after = 0
        self.body = bytearray()
        self.answer: asyncio.Future[EndpointAnswer] = asyncio.get_running_loop().create_future()


class Http2Connection:
    """A connection to one address, even if the name resolves to another one later."""

    def __init__(
        self, address: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answer_bytes: int
    ) -> None:
        self.address = address
        self._answer_bytes = answer_bytes
        self._reader = reader
        self._writer = writer
        self._h2 = H2Connection(H2Configuration(client_side=True, header_encoding="utf-8"))
        self._h2.initiate_connection()
        self._streams: dict[int, _Stream] = {}
        # Set when the peer has sent something: a waiting request may be able to continue.
        self._changed = asyncio.Event()
        self._is_open = True
        # Since the last complete response.
        self._events = 0
        self._flush()
        self._reading = asyncio.create_task(self._read())

    def is_open(self) -> bool:
        """Whether new requests can be sent on it."""
        return self._is_open

    async def exchange(self, request: OutgoingRequest, host_port: HostPort) -> EndpointAnswer:
        """Send the request and return the response. Raises OSError, EOFError and ProtocolError."""
        try:
            await self._wait_until(self._has_free_stream)
        except asyncio.CancelledError:
            self._abandon()
            raise
        id_ = self._h2.get_next_available_stream_id()
        stream = self._streams[id_] = _Stream()
        try:
            self._h2.send_headers(id_, _headers(request, host_port), end_stream=not request.body)
            await self._send(id_, request.body)
            return await stream.answer
        except asyncio.CancelledError:
            self._abandon()
            with suppress(ProtocolError):
                self._h2.reset_stream(id_, ErrorCodes.CANCEL)
                self._flush()
            raise
        finally:
            del self._streams[id_]
            self._changed.set()
            if not (self._is_open or self._streams):
                self.close()

    def _abandon(self) -> None:
        """Take no new requests: a caller timed out, so the connection may be dead."""
        self._is_open = False
        if not self._streams:
            self.close()

    def close(self) -> None:
        self._is_open = False
        self._reading.cancel()
        with suppress(Exception):
            self._writer.transport.abort()

    def _has_free_stream(self) -> bool:
        return self._h2.open_outbound_streams < self._h2.remote_settings.max_concurrent_streams

    async def _wait_until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            self._changed.clear()
            await self._changed.wait()
            if not self._is_open:
                raise EOFError("the connection has ended")

    async def _send(self, id_: int, body: bytes) -> None:
        while body:
            await self._wait_until(lambda: self._h2.local_flow_control_window(id_) > 0)
            size = min(self._h2.local_flow_control_window(id_), self._h2.max_outbound_frame_size, len(body))
            part, body = body[:size], body[size:]
            self._h2.send_data(id_, part, end_stream=not body)
            self._flush()
        self._flush()
        await self._writer.drain()

    async def _read(self) -> None:
        problem: Exception = EOFError("the connection has ended")
        try:
            while data := await self._reader.read(_READ_BYTES):
                for event in self._h2.receive_data(data):
                    self._events = 0 if isinstance(event, StreamEnded) else self._events + 1
                    self._on_event(event)
                if self._events > MAX_EVENTS:
                    raise ProtocolError
                self._flush()
                self._changed.set()
        except (OSError, ProtocolError) as error:
            problem = error
        except (LookupError, ValueError):
            problem = ProtocolError()
        finally:
            self._is_open = False
            for stream in self._streams.values():
                if not stream.answer.done():
                    stream.answer.set_exception(problem)
            self._changed.set()
            with suppress(Exception):
                self._writer.transport.abort()

    def _on_event(self, event: Event) -> None:
        if isinstance(event, ConnectionTerminated):
            self._is_open = False
            last_id = event.last_stream_id or 0
            self._fail_streams(lambda id_: id_ > last_id, EOFError("the connection has ended"))
            return
        stream = self._streams.get(getattr(event, "stream_id", 0) or 0)
        if isinstance(event, DataReceived):
            self._h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            if stream:
                stream.body += event.data[: self._answer_bytes - len(stream.body)]
        elif stream is None or stream.answer.done():
            return
        elif isinstance(event, ResponseReceived):
            headers = {str(name): str(value) for name, value in event.headers}
            stream.status = int(headers[":status"])
            stream.retry_after = retry_after(headers.get("retry-after", ""))
        elif isinstance(event, StreamEnded):
            stream.answer.set_result(EndpointAnswer(stream.status, stream.retry_after, bytes(stream.body)))
        elif isinstance(event, StreamReset):
            stream.answer.set_exception(EOFError("the request was reset"))

    def _fail_streams(self, which: Callable[[int], bool], problem: Exception) -> None:
        for id_, stream in self._streams.items():
            if which(id_) and not stream.answer.done():
                stream.answer.set_exception(problem)

    def _flush(self) -> None:
        if data := self._h2.data_to_send():
            self._writer.write(data)


def _headers(request: OutgoingRequest, host_port: HostPort) -> list[tuple[str, str]]:
    parts = urlsplit(request.url)
    return [
        (":method", request.method),
        (":scheme", parts.scheme),
        (":authority", host_port.netloc),
        (":path", (parts.path or "/") + (f"?{parts.query}" if parts.query else "")),
        ("content-length", str(len(request.body))),
        *((name.lower(), value) for name, value in request.headers),
    ]
