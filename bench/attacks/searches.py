"""Searches that compare many long texts and find nothing."""

import asyncio
import os
import sys
from itertools import cycle
from urllib.parse import quote

from bench.attacks.attack import Attack, AttackedServer
from bench.lookalikes import SEARCHER, SEARCHES
from bench.processes import call
from bench.sockets import HOST

TEXTS, CALLERS = 1000, 8


async def searches(target: AttackedServer) -> None:
    """8 clients of one person search for what is almost in their 1,000 texts of 64 KB."""
    command = [sys.executable, "-m", "bench.lookalikes", str(TEXTS)]
    await asyncio.to_thread(call, command, dict(os.environ))
    queries = cycle(SEARCHES)
    await target.start()
    await target.repeat(lambda: _search(target.port, next(queries)), callers=CALLERS)


async def _search(port: int, text: str) -> None:
    reader, writer = await asyncio.open_connection(HOST, port)
    try:
        writer.write(
            f"GET /api/v1/messages/search?q={quote(text)} HTTP/1.1\r\nHost: {HOST}\r\n"
            f"Authorization: Userid {SEARCHER}\r\nConnection: close\r\n\r\n".encode()
        )
        await reader.read()
    finally:
        writer.close()


ATTACKS = {"searches": Attack(searches)}
