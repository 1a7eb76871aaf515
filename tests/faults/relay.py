"""A database's address on another network: passes on what comes to it to the database's Unix socket.

Usage: python -m tests.faults.relay ADDRESS PORT SOCKET
"""

import asyncio
import sys
from contextlib import suppress

PIECE = 64 * 1024


async def relay(address: str, port: str, path: str) -> None:
    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            back, there = await asyncio.open_unix_connection(path)
            await asyncio.gather(_copy(reader, there), _copy(back, writer))

    server = await asyncio.start_server(pass_on, address, int(port))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await server.serve_forever()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while piece := await reader.read(PIECE):
            writer.write(piece)
            await writer.drain()
    writer.close()


if __name__ == "__main__":
    asyncio.run(relay(*sys.argv[1:]))
