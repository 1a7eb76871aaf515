"""What a file can cost the child process that opens it."""

import asyncio
import os
from dataclasses import replace
from pathlib import Path

import pytest

from testkit.recordings import halves, photo
from tests.support.hostile import many_passes
from tests.support.workers import workers
from uploads import conversion
from uploads.conversion import NotQuick
from uploads.worker.sniffing import Format
from uploads.worker.tasks import Kind, Limits, Made, Reason, Refused, Task


def task(directory: Path, content: bytes, format_: Format = Format.JPEG, **limits: int) -> Task:
    source = directory / "source"
    source.write_bytes(content)
    bounds: Limits = replace(conversion.limits(Kind.PICTURE), **limits)
    return Task(Kind.PICTURE, format_, str(source), str(directory), bounds)


async def test_within_the_bounds_it_is_converted(tmp_path: Path) -> None:
    made = await conversion.convert(task(tmp_path, photo(halves((40, 30)), "JPEG")))

    assert made == Made("jpg", width=40, height=30)


@pytest.mark.slow
async def test_time_is_bounded(tmp_path: Path) -> None:
    slow = many_passes()

    with pytest.raises(Refused) as refused:
        await conversion.convert(task(tmp_path, slow, cpu_seconds=1, encode_seconds=1))

    assert refused.value.reason == Reason.TOO_LARGE


@pytest.mark.slow
async def test_memory_is_bounded(tmp_path: Path) -> None:
    large = photo(halves((8_000, 8_000)), "PNG")

    with pytest.raises(Refused) as refused:
        await conversion.convert(task(tmp_path, large, Format.PNG, memory_bytes=200_000_000))

    assert refused.value.reason == Reason.TOO_LARGE
    # It gives way to everything else that runs on the machine.
    made = await conversion.convert(task(tmp_path, large, Format.PNG, cpu_seconds=60))
    assert made.width == 8_000


@pytest.mark.slow
async def test_who_is_to_be_quick_is_told_so(tmp_path: Path) -> None:
    slow = replace(task(tmp_path, many_passes()), quick_seconds=0.1)
    with pytest.raises(NotQuick):
        await conversion.convert(slow)


async def test_output_is_bounded(tmp_path: Path) -> None:
    picture = photo(halves((400, 300)), "JPEG")

    with pytest.raises(Refused) as refused:
        await conversion.convert(task(tmp_path, picture, output_bytes=1_000))

    assert refused.value.reason == Reason.TOO_LARGE


@pytest.mark.slow
async def test_who_is_cancelled_leaves_no_child(tmp_path: Path) -> None:
    slow = many_passes()
    running = asyncio.create_task(conversion.convert(task(tmp_path, slow)))
    await asyncio.sleep(0.5)

    running.cancel()

    with pytest.raises(asyncio.CancelledError):
        await running
    assert len(workers(os.getpid())) == 1, "there is no more than the fork server"
