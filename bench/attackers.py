"""An attack in a process of its own, which is told when to begin."""

import asyncio
from collections.abc import Mapping
from contextlib import AbstractContextManager, suppress

from bench.apart import EndedTooSoon, Worker, apart, hear

PREPARING_SECONDS = 180.0
# How long one may take to come to its end.
ENDING_SECONDS = 20.0


def attacker(
    name: str, port: int, seconds: float, settings: Mapping[str, str]
) -> AbstractContextManager[Worker]:
    """The attack of that name in a process of its own, ready to begin when it is told to."""
    return apart("bench.attacking", name, port, seconds, settings=settings)


async def ready(attacker: Worker) -> None:
    """Return when it has prepared everything. Raises EndedTooSoon."""
    await asyncio.wait_for(asyncio.to_thread(hear, attacker), PREPARING_SECONDS)


async def end(attacker: Worker) -> int:
    """Wait for its end, or end it; how many things it did, 0 if it does not say."""
    said = "0"
    with suppress(TimeoutError, EndedTooSoon):
        said = await asyncio.wait_for(asyncio.to_thread(hear, attacker), ENDING_SECONDS)
    attacker.kill()
    return int(said)
