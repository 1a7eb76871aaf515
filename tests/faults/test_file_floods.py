"""Many clients that need no login fetch files at once."""

import asyncio
import os
import uuid

from testkit.phone import Phone
from testkit.server import Server
from tests.conftest import MakeServer
from tests.support.flood import call

CLIENTS, SECONDS = 800, 3.0
# Of the server itself, of the database, of those who have their turn. Django alone took one for each client.
MAX_THREADS = 60
PATHS = ["/static/im66/favicon.svg", "/static/nothing.js", "/media/{name}-3.mp3", "/upload/writev2"]


async def test_file_floods_take_no_threads_or_turns_from_others(make_server: MakeServer) -> None:
    server = make_server()
    async with Phone(server.entry, "alice") as alice, Phone(server.entry, "bob") as bob:
        crowd = [asyncio.create_task(_fetch(server, PATHS[number % len(PATHS)])) for number in range(CLIENTS)]
        most = await _most_threads(server, SECONDS / 2)
        async with asyncio.timeout(10):
            # From another address, so in a turn of its own.
            reply = await call(server.port, "/static/im66/favicon.svg", "127.0.0.9")
            await alice.text("bob", "goes")
            assert await bob.contents(1) == ["goes"]
        most = max(most, await _most_threads(server, SECONDS / 2))
        for client in crowd:
            client.cancel()
        await asyncio.wait(crowd)
    assert b"<svg" in reply
    assert most <= MAX_THREADS


async def _fetch(server: Server, path: str) -> None:
    """Fetch again and again on one connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    try:
        while True:
            target = path.format(name=uuid.uuid4().hex)
            writer.write(f"GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            if not await reader.read(64 * 1024):
                return
    finally:
        writer.close()


async def _most_threads(server: Server, seconds: float) -> int:
    most = 0
    for _ in range(int(seconds / 0.05)):
        most = max(most, len(os.listdir(f"/proc/{server.pid}/task")))
        await asyncio.sleep(0.05)
    return most
