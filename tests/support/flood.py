"""Many callers that send requests continuously, in a separate process.

Usage: python -m tests.support.flood ADDRESS PORT CALLERS TARGET. In TARGET, `{caller}` and `{count}` stand
for the number of the caller and of the request. At SIGTERM it prints the number of answers to each caller as
JSON.
"""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from testkit.server import ROOT, Server


class Flood:
    """A running flood. `answered` is known after its end."""

    def __init__(self) -> None:
        self.answered: list[int] = []


@asynccontextmanager
async def flood(
    server: Server, target: str, *, callers: int, address: str = "127.0.0.1"
) -> AsyncIterator[Flood]:
    """Run `callers` callers from `address` inside the block. Each requests `target` again after each
    answer."""
    arguments = [address, str(server.port), str(callers), target]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.flood", *arguments, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout
    flood = Flood()
    try:
        assert await process.stdout.readline() == b"ready\n"
        yield flood
        process.send_signal(signal.SIGTERM)
        flood.answered = json.loads(await process.stdout.read())
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def call(port: int, target: str, address: str) -> bytes:
    """Send a request, and return the whole response."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(address, 0))
    try:
        writer.write(f"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        return await reader.read()
    finally:
        writer.close()


async def _main(address: str, port: str, callers: str, target: str) -> None:
    answered = [0] * int(callers)

    async def go(caller: int) -> None:
        while True:
            await call(int(port), target.format(caller=caller, count=answered[caller]), address)
            answered[caller] += 1

    over = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, over.set)
    calling = [asyncio.create_task(go(caller)) for caller in range(int(callers))]
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await over.wait()
    for task in calling:
        task.cancel()
    await asyncio.gather(*calling, return_exceptions=True)
    json.dump(answered, sys.stdout)


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:]))
