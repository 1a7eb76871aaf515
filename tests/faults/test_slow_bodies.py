"""Bodies that never end, from many addresses, each of which takes as many as it may hold."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.conftest import MakeServer

MAX_BODIES, MAX_ADDRESSES = 256, 24


@pytest.mark.parametrize("path", ["/grpinfo", "/upload/writev2"])
async def test_slow_bodies_do_not_block_calls(make_server: MakeServer, path: str) -> None:
    server = make_server()
    with ExitStack() as senders:
        for address in _addresses():
            sender = senders.enter_context(
                socket.create_connection(("127.0.0.1", server.port), 10, (address, 0))
            )
            sender.sendall(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\nx".encode())
        await asyncio.sleep(1)
        answers = [await _post(server.port, where, b"groupid=1") for where in ("/grpinfo", "/upload/writev2")]
    for answer in answers:
        assert answer.startswith(b"HTTP/1.1 200")
        assert b"busy" not in answer


def _addresses() -> Iterator[str]:
    """Each takes a third of what is left, until next to nothing is."""
    left = MAX_BODIES
    for number in range(1, MAX_ADDRESSES + 1):
        for _ in range(max(1, left // 3) if left > 1 else 0):
            left -= 1
            yield f"127.0.{number}.1"


async def _post(port: int, path: str, body: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=("127.0.99.1", 0))
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {len(body)}\r\n"
    writer.write(f"{head}Content-Type: application/x-www-form-urlencoded\r\n\r\n".encode() + body)
    try:
        async with asyncio.timeout(20):
            return await reader.read()
    finally:
        writer.close()
