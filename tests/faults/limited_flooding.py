"""Does one limited thing as fast as it can, from an address of its own, in a process of its own, until it is
ended; says so once it has begun.

Usage: python -m tests.faults.limited_flooding PORT KIND
"""

import asyncio
import base64
import os
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from itertools import count

from testkit import recordings
from testkit.raw import text
from testkit.uploading import form

# Who shares processors with the server must not take them from it.
NICENESS = 10
ADDRESS = "127.0.0.2"
_HANDSHAKE = (
    b"GET /entry HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n\r\n" % base64.b64encode(b"k" * 16)
)
_LOGIN = text("login_mallory")
_numbers = count()

# What a socket sends first, and what it sends then, again and again.
FRAMES: dict[str, tuple[bytes, bytes]] = {
    "logins": (b"", _LOGIN * 500),
    "messages": (_LOGIN, text("text_sink_hi_unicast_") * 500),
    "bytes": (_LOGIN, text(f"text_sink_{'x' * 60_000}_unicast_") * 4),
    "queries": (_LOGIN, text("records_sink_0_unicast") * 500),
    "new people": (_LOGIN, b"".join(text(f"text_new{number}_hi_unicast_") for number in range(5000))),
}
_PICTURE = recordings.photo(recordings.halves((64, 48)), "JPEG")

Connect = Callable[[], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]


async def frames(connect: Connect, first: bytes, then: bytes) -> None:
    reader, writer = await connect()
    try:
        writer.write(_HANDSHAKE)
        await reader.readuntil(b"\r\n\r\n")
        writer.write(first)
        reading = asyncio.create_task(_read_all(reader))
        while not reading.done():
            writer.write(then)
            await writer.drain()
    finally:
        writer.close()


async def connects(connect: Connect) -> None:
    reader, writer = await connect()
    try:
        writer.write(_HANDSHAKE)
        await reader.readuntil(b"\r\n\r\n")
    finally:
        writer.close()


async def call(connect: Connect, target: str) -> None:
    await _request(connect, f"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())


async def upload(connect: Connect, more: int) -> None:
    content = _PICTURE + f"{next(_numbers)}".encode() + b"\0" * more
    body, content_type = form(content)
    head = (
        "POST /upload/writev2 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        f"Content-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    await _request(connect, head.encode() + body)


def group() -> str:
    return "/creategrp?creator=mallory&members=sink&name=g"


def members() -> str:
    """A group of 400, most of whom exist."""
    first = next(_numbers) % 100
    names = ",".join(f"m{number}" for number in range(first, first + 400))
    return f"/creategrp?creator=c{first}&members={names}&name=g"


ACTS: dict[str, tuple[int, Callable[[Connect], Awaitable[None]]]] = {
    **{kind: (4, partial(frames, first=first, then=then)) for kind, (first, then) in FRAMES.items()},
    "connects": (30, connects),
    "new groups": (8, lambda connect: call(connect, group())),
    "new members": (4, lambda connect: call(connect, members())),
    "uploads": (8, lambda connect: upload(connect, 0)),
    "bytes of uploads": (4, lambda connect: upload(connect, 4_000_000)),
}


async def _request(connect: Connect, data: bytes) -> None:
    reader, writer = await connect()
    try:
        writer.write(data)
        await reader.read()
    finally:
        writer.close()


async def _read_all(reader: asyncio.StreamReader) -> None:
    with suppress(OSError):
        while await reader.read(65536):
            pass


async def _flood(port: int, kind: str) -> None:
    at_once, act = ACTS[kind]

    async def connect() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", port, local_addr=(ADDRESS, 0))

    async def go_on() -> None:
        while True:
            with suppress(OSError, EOFError):
                await act(connect)

    sys.stdout.write("begun\n")
    sys.stdout.flush()
    await asyncio.gather(*(go_on() for _ in range(at_once)))


if __name__ == "__main__":
    os.nice(NICENESS)
    asyncio.run(_flood(int(sys.argv[1]), sys.argv[2]))
