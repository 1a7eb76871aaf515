"""`serve --processes` under 200 messages a second, while a process is killed or stopped, and while all are
restarted: nothing is lost, and nothing comes late."""

import asyncio
import json
import os
import signal
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from urllib.request import urlopen

import pytest
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from testkit.availability import running
from testkit.phone import Phone
from testkit.server import WITHOUT_LIMITS, Server
from testkit.services import Postgres, Redis, free_port

pytestmark = pytest.mark.slow

PROCESSES = 4
PAIRS, PAUSE_SECONDS, COME_BACK_SECONDS = 20, 0.1, 0.05
CALM_SECONDS, SECONDS = 3.0, 180.0
# A message may take so long, and on a machine that is slow before anything happens so much longer.
LATE_SECONDS, SLOWER = 10.0, 4
# Those of a process whose event loop spins wait until it has had a processor for 3 seconds: on a busy machine
# that takes longer.
SPINNING_SECONDS = 25.0
_GONE = (ConnectionClosed, InvalidHandshake, OSError, TimeoutError)


class Pair:
    """One person writes to another over and over, and again what was not certainly taken. Both come back
    whenever their connection ends."""

    def __init__(self, server: Server, name: str) -> None:
        self._entry = server.entry
        self._names = (f"{name}from", f"{name}to")
        self.stored: list[str] = []
        self.written: dict[str, float] = {}
        self.delays: dict[str, float] = {}
        self.logins = 0

    async def write(self) -> None:
        while True:
            with suppress(*_GONE):
                async with Phone(self._entry, self._names[0]) as phone:
                    while True:
                        await self._write_next(phone)
                        await asyncio.sleep(PAUSE_SECONDS)
            await asyncio.sleep(COME_BACK_SECONDS)

    async def _write_next(self, phone: Phone) -> None:
        content = f"m{len(self.stored)}"
        self.written.setdefault(content, time.monotonic())
        await phone.text(self._names[1], content)
        await phone.settle()
        self.stored.append(content)

    async def read(self) -> None:
        while True:
            with suppress(*_GONE):
                async with Phone(self._entry, self._names[1]) as phone:
                    self.logins += 1
                    while True:
                        content = (await phone.message()).content
                        self.delays.setdefault(content, time.monotonic() - self.written[content])
            await asyncio.sleep(COME_BACK_SECONDS)

    def has_read(self, number: int) -> bool:
        return number <= len(self.stored) and all(content in self.delays for content in self.stored[:number])


class Processes:
    def __init__(self, server: Server) -> None:
        self.server = server

    def pids(self) -> list[int]:
        with open(f"/proc/{self.server.pid}/task/{self.server.pid}/children") as children:
            return [int(pid) for pid in children.read().split()]

    def are_ready(self) -> bool:
        with suppress(OSError):
            port = self.server.environment["IM66_METRICS_PORT"]
            with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as reply:
                return bool(json.load(reply)["ready"])
        return False

    async def until_replaced(self, before: list[int]) -> None:
        """Until none of these runs, and as many others are ready."""
        async with asyncio.timeout(SECONDS):
            while (
                set(before) & set(self.pids())
                or len(self.pids()) < PROCESSES
                or not await asyncio.to_thread(self.are_ready)
            ):
                await asyncio.sleep(0.1)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(SECONDS):
        while not condition():
            await asyncio.sleep(0.05)


async def cancel(tasks: list[asyncio.Task[None]]) -> None:
    """A connection that ends meanwhile hides that its task was cancelled, so the task goes on."""
    while running := [task for task in tasks if not task.done()]:
        for task in running:
            task.cancel()
        await asyncio.wait(running, timeout=1)


@pytest.fixture(scope="module")
def processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    folder = tmp_path_factory.mktemp("processes")
    with running(Postgres()) as postgres, running(Redis()) as redis:
        settings = {
            "DATABASE_URL": postgres.url,
            "REDIS_URL": redis.url,
            "IM66_PROCESSES": str(PROCESSES),
            "IM66_METRICS_PORT": str(free_port()),
            "DJANGO_SETTINGS_MODULE": "tests.faults.spinning_settings",
        }
        with Server(folder, **settings, **WITHOUT_LIMITS) as server:
            yield Processes(server)


async def kill_each(processes: Processes) -> None:
    for pid in processes.pids():
        os.kill(pid, signal.SIGKILL)
        await processes.until_replaced([pid])


async def stop_one(processes: Processes) -> None:
    before = processes.pids()[1:2]
    os.kill(before[0], signal.SIGSTOP)
    await processes.until_replaced(before)


async def let_one_spin(processes: Processes) -> None:
    before = processes.pids()[1:2]
    os.kill(before[0], signal.SIGUSR1)
    await processes.until_replaced(before)


async def restart_all(processes: Processes) -> None:
    before = processes.pids()
    processes.server.signal(signal.SIGHUP)
    await processes.until_replaced(before)


@pytest.mark.parametrize(
    ("disturb", "seconds"),
    [
        (kill_each, LATE_SECONDS),
        (stop_one, LATE_SECONDS),
        (let_one_spin, SPINNING_SECONDS),
        (restart_all, LATE_SECONDS),
    ],
)
async def test_killed_stopped_or_restarted_processes_lose_and_delay_nothing(
    processes: Processes,
    disturb: Callable[[Processes], Awaitable[None]],
    seconds: float,
) -> None:
    pairs = [
        Pair(processes.server, f"{disturb.__name__.replace('_', '')}{number}") for number in range(PAIRS)
    ]
    tasks = [asyncio.create_task(life) for pair in pairs for life in (pair.read(), pair.write())]
    try:
        await until(lambda: all(pair.has_read(5) for pair in pairs))
        await asyncio.sleep(CALM_SECONDS)
        calm = max(delay for pair in pairs for delay in pair.delays.values())
        await disturb(processes)
        await until(lambda: all(pair.has_read(len(pair.stored)) for pair in pairs))
    finally:
        await cancel(tasks)
    late = max(delay for pair in pairs for delay in pair.delays.values())
    assert late < max(seconds, SLOWER * calm)
