"""Sends requests and reads what is answered: no redirect is followed, no long answer read to its end, and
nobody is waited for longer than SECONDS."""

import asyncio
import ssl
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from typing import NamedTuple
from urllib.parse import urlsplit

import h11
from django.conf import settings

from notifications.sending.addresses import Place, Refused, place_of, resolve

SECONDS = 10.0
ANSWER_BYTES = 64 * 1024
# A connection that was not used for so long is not used again.
IDLE_SECONDS = 20.0
_READ_BYTES = 16 * 1024
NAMES_AT_ONCE = 16


class Failed(Exception):
    """There is no answer. The text says why, for people."""


class Request(NamedTuple):
    method: str
    url: str
    headers: Sequence[tuple[str, str]] = ()
    body: bytes = b""


class Answer(NamedTuple):
    """`retry_after`: what the header of this name says, in seconds, 0 if nothing."""

    status: int
    retry_after: int = 0

    @property
    def is_good(self) -> bool:
        return 200 <= self.status < 300


class _Connection:
    """To one address. It stays there, whatever its name leads to later."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_READ_BYTES)
        self._room = 0
        self.used_at = 0.0

    async def exchange(self, request: Request, place: Place) -> Answer:
        """Raises OSError, EOFError and h11.ProtocolError."""
        parts = urlsplit(request.url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        headers = [("Host", place.named), ("Content-Length", str(len(request.body))), *request.headers]
        sent = self._http.send(h11.Request(method=request.method, target=target, headers=headers))
        body = self._http.send(h11.Data(data=request.body)) if request.body else b""
        end = self._http.send(h11.EndOfMessage())
        self._writer.write((sent or b"") + (body or b"") + (end or b""))
        await self._writer.drain()
        self._room = ANSWER_BYTES
        return await self._read()

    def is_fit(self, now: float) -> bool:
        """Whether it may be used again."""
        return now - self.used_at < IDLE_SECONDS and not self._reader.at_eof()

    def is_done(self) -> bool:
        """Whether the answer was read to its end. Then it may be used again."""
        if self._http.our_state is h11.DONE and self._http.their_state is h11.DONE:
            self._http.start_next_cycle()
            return True
        return False

    def close(self) -> None:
        with suppress(Exception):
            self._writer.transport.abort()

    async def _read(self) -> Answer:
        answer: Answer | None = None
        while True:
            event = self._http.next_event()
            if event is h11.NEED_DATA:
                if self._room <= 0:
                    break
                await self._receive()
            elif isinstance(event, h11.Response):
                answer = Answer(event.status_code, _retry_after(event))
            elif isinstance(event, h11.EndOfMessage | h11.ConnectionClosed) or event is h11.PAUSED:
                break
        if answer is None:
            raise EOFError("no answer")
        return answer

    async def _receive(self) -> None:
        data = await self._reader.read(_READ_BYTES)
        self._room -= len(data)
        self._http.receive_data(data)


class Client:
    """Keeps connections open for the next request to the same place. Its names are looked up beside those of
    other clients, so that none waits for a name of theirs."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(NAMES_AT_ONCE, thread_name_prefix="im66-names")
        self._idle: defaultdict[Place, list[_Connection]] = defaultdict(list)

    async def send(self, request: Request) -> Answer:
        """Raises Failed."""
        try:
            async with asyncio.timeout(SECONDS):
                return await self._send(request, place_of(request.url))
        except TimeoutError:
            raise Failed(f"no answer within {SECONDS:.0f} seconds") from None
        except ssl.SSLCertVerificationError as error:
            raise Failed(f"certificate: {error.verify_message}") from None
        except Refused as error:
            raise Failed(str(error)) from None
        except (h11.ProtocolError, EOFError, UnicodeError) as error:
            raise Failed(f"not an answer: {error}") from None
        except OSError as error:
            raise Failed(f"not reached: {error.strerror or error}") from None

    def close(self) -> None:
        for connections in self._idle.values():
            for connection in connections:
                connection.close()
        self._idle.clear()
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _send(self, request: Request, place: Place) -> Answer:
        if kept := self._kept(place):
            # It may have been closed at the other end just now.
            with suppress(OSError, EOFError, h11.ProtocolError):
                return await self._exchange(kept, request, place)
        return await self._exchange(await self._connect(place), request, place)

    async def _connect(self, place: Place) -> _Connection:
        address = await resolve(place, self._threads, private=settings.IM66.webhook_private)
        context = _verifying() if place.is_secure else None
        name = place.host if place.is_secure else None
        reader, writer = await asyncio.open_connection(address, place.port, ssl=context, server_hostname=name)
        return _Connection(reader, writer)

    def _kept(self, place: Place) -> _Connection | None:
        now = asyncio.get_running_loop().time()
        kept = self._idle[place]
        while kept:
            connection = kept.pop()
            if connection.is_fit(now):
                return connection
            connection.close()
        return None

    async def _exchange(self, connection: _Connection, request: Request, place: Place) -> Answer:
        is_done = False
        try:
            answer = await connection.exchange(request, place)
            is_done = connection.is_done()
        finally:
            if not is_done:
                connection.close()
        connection.used_at = asyncio.get_running_loop().time()
        if is_done:
            self._idle[place].append(connection)
        return answer


@cache
def _verifying() -> ssl.SSLContext:
    return ssl.create_default_context()


def _retry_after(response: h11.Response) -> int:
    for name, value in response.headers:
        if name == b"retry-after" and value.isdigit():
            return int(value[:6])
    return 0
