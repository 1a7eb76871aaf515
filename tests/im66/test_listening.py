"""im66.operating.listening: the Unix socket on which the supervisor asks a process."""

import asyncio
import gc
from pathlib import Path

import pytest

from im66.operating import listening
from server.supervisor import http

uvloop = pytest.importorskip("uvloop")


def test_probe_socket_stays_open_after_garbage_collection(tmp_path: Path) -> None:
    path = tmp_path / "1.sock"

    async def ask() -> int:
        listening.begin_at(path)
        async with asyncio.timeout(10):
            while not path.exists():
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.01)
        gc.collect()
        try:
            return (await http.get(str(path), "/healthz", 10)).status
        finally:
            # The loop would not close while it listens.
            for server in listening._servers:
                server.close()
            listening._servers.clear()

    assert uvloop.run(ask()) == 200
