"""Fetches a page or a picture from a public address, with the address checks of webhooks. The content is
parsed in other processes."""

import asyncio
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import quote, urljoin, urlsplit

import h11

from notifications.addresses import AddressRefused, HostPort, Resolver, host_port_of
from notifications.answers import ResponseReader
from notifications.client import verifying_context

# For one fetch, including its redirects.
SECONDS = 6.0
MAX_REDIRECTS = 3
PAGE_BYTES, PICTURE_BYTES = 256 * 1024, 2 * 1024 * 1024
_HEAD_BYTES = 16 * 1024
_PORTS = {80, 443}
# Characters of a URL that are sent unchanged; others are percent-encoded.
_UNQUOTED = "/:?#[]@!$&'()*+,;=%-._~"


# Tests replace it to connect to a server of their own.
connect = asyncio.open_connection


class FetchFailed(Exception):
    """The URL yields no usable page or picture."""


class FetchedFile(NamedTuple):
    """`url`: the final URL, after redirects. `type`: the Content-Type in lower case."""

    url: str
    type: str
    body: bytes


async def fetch_page(url: str, resolver: Resolver) -> FetchedFile:
    """Fetch the first PAGE_BYTES of an HTML page. Raises FetchFailed."""
    return await _fetch(url, resolver, ("text/html", "application/xhtml+xml"), PAGE_BYTES, truncate=True)


async def fetch_picture(url: str, resolver: Resolver) -> FetchedFile:
    """Fetch a picture. Raises FetchFailed, also if it is larger than PICTURE_BYTES."""
    return await _fetch(url, resolver, ("image/",), PICTURE_BYTES, truncate=False)


async def _fetch(
    url: str, resolver: Resolver, types: tuple[str, ...], max_bytes: int, *, truncate: bool
) -> FetchedFile:
    try:
        async with asyncio.timeout(SECONDS):
            for _ in range(MAX_REDIRECTS + 1):
                answered = await _fetch_once(url, resolver, types, max_bytes, truncate=truncate)
                if isinstance(answered, FetchedFile):
                    return answered
                url = answered
    except (OSError, EOFError, ValueError, AddressRefused, h11.ProtocolError) as error:
        raise FetchFailed(str(error)) from None
    raise FetchFailed("too many redirects")


async def _fetch_once(
    url: str, resolver: Resolver, types: tuple[str, ...], max_bytes: int, *, truncate: bool
) -> "FetchedFile | str":
    """Send one request. Return the file, or the URL of a redirect."""
    host_port = host_port_of(url)
    if host_port.port not in _PORTS:
        raise AddressRefused("another port than a page has")
    # Never a private address, even if IM66_WEBHOOK_PRIVATE is set: anybody can post the URL.
    address = await resolver.resolve(host_port, allow_private=False)
    name = host_port.host if host_port.is_secure else None
    context = verifying_context() if host_port.is_secure else None
    reader, writer = await connect(address, host_port.port, ssl=context, server_hostname=name)
    try:
        return await _Exchange(url, host_port, reader, writer).answer(types, max_bytes, truncate=truncate)
    finally:
        with suppress(Exception):
            writer.transport.abort()


class _Exchange:
    def __init__(
        self, url: str, host_port: HostPort, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._url, self._host_port, self._reader, self._writer = url, host_port, reader, writer
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_HEAD_BYTES)

    async def answer(self, types: tuple[str, ...], max_bytes: int, *, truncate: bool) -> "FetchedFile | str":
        await self._send()
        # Twice the size, because chunked encoding adds bytes.
        response_reader = ResponseReader(self._http, self._reader, _HEAD_BYTES + 2 * max_bytes)
        response = await response_reader.next_event()
        while isinstance(response, h11.InformationalResponse):
            response = await response_reader.next_event()
        if not isinstance(response, h11.Response):
            raise EOFError("no answer")
        headers = {name.decode(): value.decode("latin-1") for name, value in response.headers}
        if response.status_code in (301, 302, 303, 307, 308):
            return urljoin(self._url, headers.get("location", ""))
        type_ = headers.get("content-type", "").lower()
        if response.status_code != 200 or not type_.startswith(types):
            raise FetchFailed(f"answered {response.status_code} {type_[:40]}")
        if headers.get("content-encoding", "identity").lower() != "identity":
            # A small compressed body can become very large.
            raise FetchFailed("packed, which was not asked for")
        return FetchedFile(self._url, type_, await _body(response_reader, max_bytes, truncate=truncate))

    async def _send(self) -> None:
        parts = urlsplit(self._url)
        target = quote((parts.path or "/") + (f"?{parts.query}" if parts.query else ""), safe=_UNQUOTED)
        headers = [
            ("Host", self._host_port.netloc),
            ("User-Agent", "im66 (link preview)"),
            ("Accept", "text/html, image/*"),
            ("Accept-Encoding", "identity"),
            ("Connection", "close"),
        ]
        head = self._http.send(h11.Request(method="GET", target=target, headers=headers)) or b""
        self._writer.write(head + (self._http.send(h11.EndOfMessage()) or b""))
        await self._writer.drain()


async def _body(response_reader: ResponseReader, max_bytes: int, *, truncate: bool) -> bytes:
    body = bytearray()
    while isinstance(event := await response_reader.next_event(), h11.Data):
        body += event.data
        if len(body) > max_bytes:
            if not truncate:
                raise FetchFailed("too large")
            break
    if not (truncate or isinstance(event, h11.EndOfMessage)):
        raise FetchFailed("cut off")
    return bytes(body[:max_bytes])
