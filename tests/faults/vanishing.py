"""A client that vanishes without closing, in a process of its own that can be stopped or cut off."""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from tests.support.server import ROOT

# The server pings after a third of it and waits half of it, or five seconds.
HEARTBEAT_SECONDS = 9
HEARTBEAT = {"IM66_HEARTBEAT_SECONDS": str(HEARTBEAT_SECONDS)}


@asynccontextmanager
async def listening(url: str, *prefix: str) -> AsyncIterator[Process]:
    """Bob in a process of his own, logged in; `prefix` runs it."""
    command = [*prefix, sys.executable, "-m", "tests.faults.listener", url, "bob"]
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=PIPE)
    try:
        assert await line(process) == "ready"
        yield process
    finally:
        with suppress(ProcessLookupError):  # it may have given up
            process.kill()
        await process.wait()


async def line(process: Process) -> str:
    """The next message that it heard."""
    assert process.stdout
    return (await asyncio.wait_for(process.stdout.readline(), 30)).decode().strip()
