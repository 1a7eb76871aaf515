"""Runs an attack in a separate process, which is told when to begin."""

import asyncio
from collections.abc import Mapping
from contextlib import AbstractContextManager, suppress

from bench.apart import Worker, apart, read_line

PREPARING_SECONDS = 180.0
# The time that an attack has to end.
ENDING_SECONDS = 20.0


def attacker(
    name: str, port: int, seconds: float, settings: Mapping[str, str]
) -> AbstractContextManager[Worker]:
    """The attack of that name in a separate process, which waits to be told to begin."""
    return apart("bench.attacking", name, port, seconds, settings=settings)


async def ready(attacker: Worker) -> None:
    """Return when it has prepared everything. Raises EndedTooSoon."""
    await asyncio.wait_for(asyncio.to_thread(read_line, attacker), PREPARING_SECONDS)


async def end(attacker: Worker) -> int:
    """Wait for its end, or kill it; return the number of things it did, 0 if it had to be killed. Raises
    EndedTooSoon if it failed."""
    output = "0"
    with suppress(TimeoutError):
        output = await asyncio.wait_for(asyncio.to_thread(read_line, attacker), ENDING_SECONDS)
    attacker.kill()
    return int(output)
