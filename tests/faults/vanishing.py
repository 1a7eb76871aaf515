"""A client that vanishes without closing, in a process of its own that can be stopped or cut off."""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from testkit.server import ROOT
from tests.support.hurried import hurried

# The server pings after a third of it. A client has ANSWERING_SECONDS to answer, and its kernel twice as long
# to take something.
HEARTBEAT_SECONDS, ANSWERING_SECONDS = 3, 2
HEARTBEAT = {
    "IM66_HEARTBEAT_SECONDS": str(HEARTBEAT_SECONDS),
    **hurried(
        server__pulse__MIN_INTERVAL_SECONDS=HEARTBEAT_SECONDS / 3,
        server__pulse__MIN_ANSWERING_SECONDS=ANSWERING_SECONDS,
    ),
}
# So long after it came, what a client read it has confirmed, for it has been pinged.
CONFIRMED_SECONDS = 3.0


@asynccontextmanager
async def listening(url: str, *prefix: str, userid: str = "bob") -> AsyncIterator[Process]:
    """Somebody in a process of their own, who is logging in; `prefix` runs it."""
    command = [*prefix, sys.executable, "-m", "tests.faults.listener", url, userid]
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
