"""Runs a flood in a separate process."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from testkit.server import ROOT

NICENESS = 10


@asynccontextmanager
async def flooding(module: str, *arguments: str) -> AsyncIterator[None]:
    """Run a module that prints `begun` and then runs until the block ends."""
    program = [sys.executable, "-m", module, *arguments]
    flood = await asyncio.create_subprocess_exec(*program, cwd=ROOT, stdout=PIPE)
    try:
        assert flood.stdout
        assert await flood.stdout.readline() == b"begun\n"
        # A low priority: the test is about the server's work, not about a busy machine.
        os.setpriority(os.PRIO_PROCESS, flood.pid, NICENESS)
        yield
        assert flood.returncode is None
    finally:
        flood.kill()
        await flood.wait()
