"""The resource limits and the priority of the child process that opens a file."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from testkit.cpu import descendants
from testkit.recordings import halves, photo
from tests.support.hostile import many_passes
from tests.support.workers import workers
from uploads import conversion
from uploads.conversion import NotQuick
from uploads.worker.sniffing import Format
from uploads.worker.tasks import ConversionResult, Limits, Reason, Task, TaskKind, UploadRejected


def task(directory: Path, content: bytes, format_: Format = Format.JPEG, **limits: int) -> Task:
    source = directory / "source"
    source.write_bytes(content)
    bounds: Limits = replace(conversion.limits(TaskKind.PICTURE), **limits)
    return Task(TaskKind.PICTURE, format_, str(source), str(directory), bounds)


async def test_file_within_the_limits_is_converted(tmp_path: Path) -> None:
    made = await conversion.convert(task(tmp_path, photo(halves((40, 30)), "JPEG")))

    assert made == ConversionResult("jpg", width=40, height=30)


@pytest.mark.slow
async def test_conversion_time_is_limited(tmp_path: Path) -> None:
    slow = many_passes()

    with pytest.raises(UploadRejected) as refused:
        await conversion.convert(task(tmp_path, slow, cpu_seconds=1, encode_seconds=1))

    assert refused.value.reason == Reason.TOO_LARGE


@pytest.mark.slow
async def test_conversion_memory_is_limited(tmp_path: Path) -> None:
    large = photo(halves((8_000, 8_000)), "PNG")

    with pytest.raises(UploadRejected) as refused:
        await conversion.convert(task(tmp_path, large, Format.PNG, memory_bytes=200_000_000))

    assert refused.value.reason == Reason.TOO_LARGE
    # It gives way to everything else that runs on the machine.
    made = await conversion.convert(task(tmp_path, large, Format.PNG, cpu_seconds=60))
    assert made.width == 8_000


@pytest.mark.slow
async def test_slow_conversion_with_quick_deadline_raises_not_quick(tmp_path: Path) -> None:
    slow = replace(task(tmp_path, many_passes()), quick_seconds=0.1)
    with pytest.raises(NotQuick):
        await conversion.convert(slow)


async def test_conversion_output_size_is_limited(tmp_path: Path) -> None:
    picture = photo(halves((400, 300)), "JPEG")

    with pytest.raises(UploadRejected) as refused:
        await conversion.convert(task(tmp_path, picture, output_bytes=1_000))

    assert refused.value.reason == Reason.TOO_LARGE


@pytest.mark.slow
async def test_cancelled_conversion_leaves_no_child(tmp_path: Path) -> None:
    slow = many_passes()
    running = asyncio.create_task(conversion.convert(task(tmp_path, slow)))
    await asyncio.sleep(0.5)

    running.cancel()

    with pytest.raises(asyncio.CancelledError):
        await running
    assert len(workers(os.getpid())) == 1, "there is no more than the fork server"


SECONDS = 20.0
OURS, NICEST = os.getpriority(os.PRIO_PROCESS, 0), 19


@asynccontextmanager
async def converting(directory: Path, quick_seconds: float) -> AsyncIterator[None]:
    """Start the conversion of a picture that takes a while."""
    source = directory / "source"
    source.write_bytes(many_passes())
    task = Task(
        TaskKind.PICTURE,
        Format.JPEG,
        str(source),
        str(directory),
        conversion.limits(TaskKind.PICTURE),
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
    """Wait until the child of this process has this niceness above its own."""
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
async def test_long_conversion_has_lower_priority(tmp_path: Path, quick_seconds: float, nicer: int) -> None:
    async with converting(tmp_path, quick_seconds):
        await becomes(nicer)
