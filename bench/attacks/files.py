"""Attacks by many clients without a login, which fetch files and forms or send slow bodies."""

import asyncio
import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import count, cycle

from bench.attacks.attack import Attack, AttackedServer
from bench.sockets import HOST

FETCHERS = 30
# Files of the pages, and one that does not exist.
STATIC = ("/static/im66/favicon.svg", "/static/admin/css/base.css", "/static/nothing.js")
# Slow bodies: more than a process can hold, from many networks.
SENDERS, ADDRESSES, PAUSE_SECONDS = 300, 24, 0.5
_numbers = count()


async def files(target: AttackedServer) -> None:
    """30 clients fetch files of the pages, and media that do not exist."""
    await target.start()
    await _fetch(target, FETCHERS, [lambda: next(_static), _missing_media])


async def forms(target: AttackedServer) -> None:
    """30 clients fetch the form of an upload call."""
    await target.start()
    await _fetch(target, FETCHERS, [lambda: "/upload/writev2"])


async def slow_bodies(target: AttackedServer) -> None:
    """300 clients at 24 addresses send forms very slowly."""
    await target.start()
    networks = cycle(f"127.0.{number}.1" for number in range(1, ADDRESSES + 1))
    await target.repeat(lambda: _send_slowly(target, next(networks)), SENDERS)


_static = cycle(STATIC)


def _missing_media() -> str:
    return f"/media/{uuid.uuid4().hex}-{next(_numbers)}.mp3"


async def _fetch(target: AttackedServer, clients: int, paths: Sequence[Callable[[], str]]) -> None:
    """Let this many clients fetch the paths in turn, each on its own persistent connection."""
    turns = cycle(paths)
    await target.repeat(lambda: _fetch_repeatedly(target, next(turns)), clients)


async def _fetch_repeatedly(target: AttackedServer, path: Callable[[], str]) -> None:
    reader, writer = await asyncio.open_connection(HOST, target.port)
    try:
        while target.lasts:
            writer.write(f"GET {path()} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
            if not await _read_reply(reader):
                return
    finally:
        writer.close()


async def _read_reply(reader: asyncio.StreamReader) -> bool:
    """Read one reply. Return whether the connection can be used again."""
    with suppress(asyncio.IncompleteReadError):
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        if b"transfer-encoding: chunked" in head:
            while length := int(await reader.readline(), 16):
                await reader.readexactly(length + 2)
            await reader.readexactly(2)
        else:
            await reader.readexactly(int(head.partition(b"content-length:")[2].split(b"\r", 1)[0]))
        return b"connection: close" not in head
    return False


async def _send_slowly(target: AttackedServer, address: str) -> None:
    reader, writer = await asyncio.open_connection(HOST, target.port, local_addr=(address, 0))
    head = f"POST /grpinfo HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 60000\r\n\r\n"
    answer = asyncio.create_task(reader.read())
    # A connection that the server closes is no error.
    answer.add_done_callback(lambda task: task.cancelled() or task.exception())
    try:
        writer.write(head.encode())
        while target.lasts and not answer.done():
            writer.write(b"x" * 2048)
            await writer.drain()
            await asyncio.wait([answer], timeout=PAUSE_SECONDS)
    finally:
        writer.close()


ATTACKS = {
    "files": Attack(files),
    "forms": Attack(forms),
    "slow-bodies": Attack(slow_bodies, pictures=True),
}
