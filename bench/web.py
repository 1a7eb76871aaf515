"""HTTP requests with as little work as possible for the load generator."""

import asyncio
import uuid
from collections.abc import Sequence
from urllib.parse import urlencode

from bench.sockets import HOST

FORM = "application/x-www-form-urlencoded"
_BOUNDARY = uuid.uuid4().hex
MULTIPART = f"multipart/form-data; boundary={_BOUNDARY}"


async def post(
    port: int,
    path: str,
    body: bytes,
    content_type: str = FORM,
    address: str = HOST,
    headers: Sequence[str] = (),
    method: str = "POST",
) -> bytes:
    """Send a request from this loopback address. Return the whole response. `headers`: more header lines.
    Raises OSError."""
    reader, writer = await asyncio.open_connection(HOST, port, local_addr=(address, 0))
    try:
        writer.write(request(path, len(body), content_type, headers, method) + body)
        return await reader.read()
    finally:
        writer.close()


async def call(port: int, name: str, /, **parameters: str) -> bytes:
    """Make a group call. Return the whole response."""
    return await post(port, f"/{name}", urlencode(parameters).encode())


async def upload(port: int, path: str, content: bytes, address: str = HOST) -> bytes:
    """Upload a file. Return the whole response."""
    return await post(port, f"/upload/{path}", form(content), MULTIPART, address)


def request(
    path: str, size: int, content_type: str, headers: Sequence[str] = (), method: str = "POST"
) -> bytes:
    """Return the head of a request with a body of this size."""
    lines = [
        f"{method} {path} HTTP/1.1",
        f"Host: {HOST}",
        f"Content-Type: {content_type}",
        f"Content-Length: {size}",
        "Connection: close",
        *headers,
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def form(content: bytes) -> bytes:
    """Return the body of a form with one file."""
    head = (
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="file"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    return head.encode() + content + f"\r\n--{_BOUNDARY}--\r\n".encode()
