"""What opens files gives way to what serves people, and what takes long gives way to the rest."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from testkit.cpu import descendants
from tests.support.hostile import many_passes
from uploads import conversion
from uploads.worker.sniffing import Format
from uploads.worker.tasks import Kind, Task

SECONDS = 20.0
OURS, NICEST = os.getpriority(os.PRIO_PROCESS, 0), 19


@asynccontextmanager
async def converting(directory: Path, quick_seconds: float) -> AsyncIterator[None]:
    """A picture is being converted, which takes a while."""
    source = directory / "source"
    source.write_bytes(many_passes())
    task = Task(
        Kind.PICTURE,
        Format.JPEG,
        str(source),
        str(directory),
        conversion.limits(Kind.PICTURE),
        quick_seconds=quick_seconds,
    )
    running = asyncio.create_task(conversion.convert(task))
    try:
        yield
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def becomes(nicer: int) -> None:
    """Return when the child of this process has so much lower a priority."""
    async with asyncio.timeout(SECONDS):
        while min(OURS + nicer, NICEST) not in map(_niceness, descendants(os.getpid())):
            await asyncio.sleep(0.01)


def _niceness(child: int) -> int:
    try:
        return os.getpriority(os.PRIO_PROCESS, child)
    except ProcessLookupError:
        return OURS


@pytest.mark.slow
@pytest.mark.parametrize(("quick_seconds", "nicer"), [(60.0, 10), (0.0, 15)], ids=["quick", "long"])
async def test_what_takes_long_gives_way_more(tmp_path: Path, quick_seconds: float, nicer: int) -> None:
    async with converting(tmp_path, quick_seconds):
        await becomes(nicer)
