"""Fetches avatars from other hosts, but only from those on the allow list: otherwise a URL chosen by a
stranger could make the server call anything it can reach. Of these hosts, it calls the usual ports or the
port that the list names.
"""

import asyncio
import ssl
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

import h11
from django.conf import settings

# The time for all of it: a host that sends a byte now and then would occupy the only thread that makes
# groups' pictures.
MAX_FETCH_SECONDS = 10.0
_READ_BYTES = 64 * 1024
_PORTS = {"http": 80, "https": 443}


def fetch(url: str, target: Path) -> bool:
    """Write the content of `url` to `target`. False if the URL is not allowed, cannot be read in time, or its
    content is too large. For threads without an event loop."""
    try:
        parts = urlsplit(url)
        if not _is_allowed(parts, settings.IM66.avatar_hosts):
            return False
        content = asyncio.run(_read(parts, settings.IM66.max_picture_bytes))
    except (OSError, h11.ProtocolError, ValueError):
        return False
    if content is None:
        return False
    target.write_bytes(content)
    return True


def _is_allowed(parts: SplitResult, hosts: list[str]) -> bool:
    """Raises ValueError for a port that is none."""
    if parts.scheme not in _PORTS:
        return False
    if f"{parts.hostname}:{_port(parts)}" in hosts:
        return True
    return _port(parts) in _PORTS.values() and parts.hostname in hosts


def _port(parts: SplitResult) -> int:
    return _PORTS[parts.scheme] if parts.port is None else parts.port


async def _read(parts: SplitResult, limit: int) -> bytes | None:
    """The content; None if it is too large, or if the answer is another one, such as a redirect: it might
    lead to a host that is not on the list. Raises OSError, h11.ProtocolError and ValueError."""
    context = ssl.create_default_context() if parts.scheme == "https" else None
    async with asyncio.timeout(MAX_FETCH_SECONDS):
        reader, writer = await asyncio.open_connection(parts.hostname, _port(parts), ssl=context)
        try:
            connection = h11.Connection(h11.CLIENT)
            writer.write(connection.send(_request(parts)) or b"")
            writer.write(connection.send(h11.EndOfMessage()) or b"")
            return await _content(connection, reader, limit)
        finally:
            writer.transport.abort()


def _request(parts: SplitResult) -> h11.Request:
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = [("Host", parts.netloc.rpartition("@")[2]), ("User-Agent", "im66"), ("Connection", "close")]
    return h11.Request(method="GET", target=target, headers=headers)


async def _content(connection: h11.Connection, reader: asyncio.StreamReader, limit: int) -> bytes | None:
    content = bytearray()
    while len(content) <= limit:
        match connection.next_event():
            case h11.NEED_DATA:
                connection.receive_data(await reader.read(_READ_BYTES))
            case h11.Response(status_code=200) | h11.InformationalResponse():
                pass
            case h11.Data(data=data):
                content += data
            case h11.EndOfMessage():
                return bytes(content)
            case _:
                return None
    return None
