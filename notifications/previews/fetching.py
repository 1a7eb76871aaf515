"""Gets a page or a picture from anywhere on the internet, and nothing from inside: the rules are those of
webhooks. Nothing that is got is opened here."""

import asyncio
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import quote, urljoin, urlsplit

import h11

from notifications.addresses import AddressRefused, HostPort, Names, host_port_of
from notifications.answers import Answering
from notifications.client import verifying

# All of it, with what redirects lead to.
SECONDS = 6.0
MAX_REDIRECTS = 3
PAGE_BYTES, PICTURE_BYTES = 256 * 1024, 2 * 1024 * 1024
_HEAD_BYTES = 16 * 1024
_PORTS = {80, 443}
# What an address may have as it is; the rest is written in percent.
_AS_IS = "/:?#[]@!$&'()*+,;=%-._~"


# Tests lead it to a server of their own.
connect = asyncio.open_connection


class NotGot(Exception):
    """There is nothing to be had there."""


class Got(NamedTuple):
    """`url`: where it was, after redirects. `type`: its Content-Type, in small letters."""

    url: str
    type: str
    body: bytes


async def page(url: str, names: Names) -> Got:
    """The beginning of the HTML there. Raises NotGot."""
    return await _get(url, names, ("text/html", "application/xhtml+xml"), PAGE_BYTES, is_cut=True)


async def picture(url: str, names: Names) -> Got:
    """Raises NotGot, also for one that is too large."""
    return await _get(url, names, ("image/",), PICTURE_BYTES, is_cut=False)


async def _get(url: str, names: Names, types: tuple[str, ...], most: int, *, is_cut: bool) -> Got:
    try:
        async with asyncio.timeout(SECONDS):
            for _ in range(MAX_REDIRECTS + 1):
                answered = await _ask(url, names, types, most, is_cut=is_cut)
                if isinstance(answered, Got):
                    return answered
                url = answered
    except (OSError, EOFError, ValueError, AddressRefused, h11.ProtocolError) as error:
        raise NotGot(str(error)) from None
    raise NotGot("too many redirects")


async def _ask(url: str, names: Names, types: tuple[str, ...], most: int, *, is_cut: bool) -> "Got | str":
    """What is there, or where it leads to."""
    place = host_port_of(url)
    if place.port not in _PORTS:
        raise AddressRefused("another port than a page has")
    # Never inside, whatever webhooks may: the address is anybody's.
    address = await names.resolve(place, private=False)
    name = place.host if place.is_secure else None
    context = verifying() if place.is_secure else None
    reader, writer = await connect(address, place.port, ssl=context, server_hostname=name)
    try:
        return await _Exchange(url, place, reader, writer).answer(types, most, is_cut=is_cut)
    finally:
        with suppress(Exception):
            writer.transport.abort()


class _Exchange:
    def __init__(
        self, url: str, place: HostPort, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._url, self._place, self._reader, self._writer = url, place, reader, writer
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_HEAD_BYTES)

    async def answer(self, types: tuple[str, ...], most: int, *, is_cut: bool) -> "Got | str":
        await self._send()
        # As much again for how it is sent.
        answering = Answering(self._http, self._reader, _HEAD_BYTES + 2 * most)
        response = await answering.next()
        while isinstance(response, h11.InformationalResponse):
            response = await answering.next()
        if not isinstance(response, h11.Response):
            raise EOFError("no answer")
        headers = {name.decode(): value.decode("latin-1") for name, value in response.headers}
        if response.status_code in (301, 302, 303, 307, 308):
            return urljoin(self._url, headers.get("location", ""))
        type_ = headers.get("content-type", "").lower()
        if response.status_code != 200 or not type_.startswith(types):
            raise NotGot(f"answered {response.status_code} {type_[:40]}")
        if headers.get("content-encoding", "identity").lower() != "identity":
            # What is small may become anything.
            raise NotGot("packed, which was not asked for")
        return Got(self._url, type_, await _body(answering, most, is_cut=is_cut))

    async def _send(self) -> None:
        parts = urlsplit(self._url)
        target = quote((parts.path or "/") + (f"?{parts.query}" if parts.query else ""), safe=_AS_IS)
        headers = [
            ("Host", self._place.named),
            ("User-Agent", "im66 (link preview)"),
            ("Accept", "text/html, image/*"),
            ("Accept-Encoding", "identity"),
            ("Connection", "close"),
        ]
        head = self._http.send(h11.Request(method="GET", target=target, headers=headers)) or b""
        self._writer.write(head + (self._http.send(h11.EndOfMessage()) or b""))
        await self._writer.drain()


async def _body(answering: Answering, most: int, *, is_cut: bool) -> bytes:
    body = bytearray()
    while isinstance(event := await answering.next(), h11.Data):
        body += event.data
        if len(body) > most:
            if not is_cut:
                raise NotGot("too large")
            break
    if not (is_cut or isinstance(event, h11.EndOfMessage)):
        raise NotGot("cut off")
    return bytes(body[:most])
