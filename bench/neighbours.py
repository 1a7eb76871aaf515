"""Measures what other clients notice during an attack: the times of texts, logins, HTTP calls and small
pictures, and the server's memory.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count, cycle
from time import perf_counter

from bench import traffic, web
from bench.crowds import Crowd
from bench.members import BenchMember, Meter
from bench.processes import ServerProcess
from bench.traffic import open_loop
from testkit import recordings

TEXTS_PER_SECOND = 50.0
# The pauses between two actions or samples.
LOGIN_PAUSE, CALL_PAUSE, PICTURE_PAUSE, WEIGHING_PAUSE = 0.1, 0.1, 0.25, 0.05
# A login, a call or a picture times out after this time, which then counts as its duration.
PATIENCE_SECONDS = 30.0
# An address that no attack uses.
CALLER = "127.0.200.1"

_numbers = count()


@dataclass(slots=True)
class Measurements:
    """Durations in milliseconds, in order; `kilobytes` and `children`: samples of the memory of the server
    and of its children."""

    texts: list[float] = field(default_factory=list)
    logins: list[float] = field(default_factory=list)
    calls: list[float] = field(default_factory=list)
    pictures: list[float] = field(default_factory=list)
    kilobytes: list[int] = field(default_factory=list)
    children: list[int] = field(default_factory=list)
    complaints: Counter[str] = field(default_factory=Counter)


async def watch(crowd: Crowd, process: ServerProcess, seconds: float, *, pictures: bool) -> Measurements:
    """Measure for this time, until everything that began in it is done."""
    measurements = Measurements()
    async with _sampling_memory(process, measurements), asyncio.TaskGroup() as tasks:
        tasks.create_task(_write(crowd, seconds, measurements))
        tasks.create_task(
            _measure_repeatedly(measurements, measurements.logins, _login(process.port), seconds, LOGIN_PAUSE)
        )
        tasks.create_task(
            _measure_repeatedly(
                measurements, measurements.calls, _call(process.port, measurements), seconds, CALL_PAUSE
            )
        )
        if pictures:
            picture = _picture(process.port, measurements)
            tasks.create_task(
                _measure_repeatedly(measurements, measurements.pictures, picture, seconds, PICTURE_PAUSE)
            )
    return measurements


async def warm_up(process: ServerProcess) -> None:
    """Upload a picture, so that the server starts the processes that convert pictures."""
    await _picture(process.port, Measurements())()


async def min_kilobytes(process: ServerProcess, seconds: float) -> int:
    """Return the least memory of the server during this time."""
    measurements = Measurements()
    async with _sampling_memory(process, measurements):
        await asyncio.sleep(seconds)
    return min(measurements.kilobytes)


async def _write(crowd: Crowd, seconds: float, measurements: Measurements) -> None:
    crowd.meter.nanoseconds.clear()
    before = _expected_deliveries(crowd)
    await open_loop(crowd.meter, crowd.flows, TEXTS_PER_SECOND, seconds)
    measurements.texts = [nanoseconds / 1e6 for nanoseconds in crowd.meter.nanoseconds]
    # Texts that have not arrived by now count with the whole waiting time.
    missing = _expected_deliveries(crowd) - before - len(measurements.texts)
    measurements.texts += [traffic.SETTLE_SECONDS * 1000] * missing


def _expected_deliveries(crowd: Crowd) -> int:
    """Return the number of deliveries expected so far."""
    return sum(flow.sent * flow.receivers for flow in crowd.flows)


async def _measure_repeatedly(
    measurements: Measurements,
    milliseconds: list[float],
    act: Callable[[], Awaitable[None]],
    seconds: float,
    pause: float,
) -> None:
    """Measure repeatedly how long `act` takes."""
    end = perf_counter() + seconds
    while perf_counter() < end:
        began = perf_counter()
        try:
            await asyncio.wait_for(act(), PATIENCE_SECONDS)
        except (OSError, TimeoutError) as error:
            measurements.complaints[type(error).__name__] += 1
        milliseconds.append((perf_counter() - began) * 1000)
        await asyncio.sleep(pause)


def _login(port: int) -> Callable[[], Awaitable[None]]:
    userids = cycle(["carol", "dave", "erin"])

    async def act() -> None:
        member = BenchMember(next(userids), Meter())
        await member.enter(port)
        member.say_goodbye()

    return act


def _call(port: int, measurements: Measurements) -> Callable[[], Awaitable[None]]:
    """Return a function that makes a read-only group call, with its parameters in a body as in the apps. It
    uses its own address, because callers at one address share its turns."""

    async def act() -> None:
        reply = await web.post(port, "/querymygrps", b"userid=carol", address=CALLER)
        if b'"code":1' not in reply:
            measurements.complaints[reply.rpartition(b"\r\n\r\n")[2].decode()[:80]] += 1

    return act


def _picture(port: int, measurements: Measurements) -> Callable[[], Awaitable[None]]:
    async def act() -> None:
        # A new picture each time, because a known one is not converted again.
        content = recordings.photo(recordings.halves((64, 48)), "JPEG") + str(next(_numbers)).encode()
        reply = await web.upload(port, "writev2", content)
        if b'"code":0' not in reply:
            measurements.complaints[reply.rpartition(b"\r\n\r\n")[2].decode()[:80]] += 1

    return act


@asynccontextmanager
async def _sampling_memory(process: ServerProcess, measurements: Measurements) -> AsyncIterator[None]:
    async def sample() -> None:
        while True:
            measurements.kilobytes.append(process.kilobytes)
            measurements.children.append(process.kilobytes_of_children)
            await asyncio.sleep(WEIGHING_PAUSE)

    task = asyncio.create_task(sample())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])
