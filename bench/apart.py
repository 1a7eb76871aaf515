"""Runs work in a separate process, which prepares itself, reports that it is ready, and waits for the signal
to begin.
"""

import asyncio
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

from bench.processes import ROOT, environment

Worker = subprocess.Popen[str]

PREPARING_SECONDS = 180.0
# How long an attack may take to end.
ENDING_SECONDS = 20.0


class EndedTooSoon(Exception):
    """The process ended without printing another line."""


@contextmanager
def apart(
    module: str, *arguments: object, settings: Mapping[str, str], folder: Path = ROOT
) -> Iterator[Worker]:
    """Run `python -m module` with these arguments in the folder. The process is killed at the end of the
    block."""
    process = subprocess.Popen(
        [sys.executable, "-m", module, *map(str, arguments)],
        cwd=folder,
        env=environment(settings),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def read_line(worker: Worker) -> str:
    """Wait for the next line of its output. Raises EndedTooSoon."""
    assert worker.stdout
    if line := worker.stdout.readline():
        return line
    raise EndedTooSoon


def begin(worker: Worker) -> None:
    """Signal the worker to begin."""
    assert worker.stdin
    worker.stdin.write("go\n")
    worker.stdin.flush()


def attacker(
    name: str, port: int, seconds: float, settings: Mapping[str, str]
) -> AbstractContextManager[Worker]:
    """Run the attack of that name in a separate process, which waits for `begin`."""
    return apart("bench.attacking", name, port, seconds, settings=settings)


async def attack_ready(attacker: Worker) -> None:
    """Wait until the attack is prepared. Raises EndedTooSoon."""
    await asyncio.wait_for(asyncio.to_thread(read_line, attacker), PREPARING_SECONDS)


async def end_attack(attacker: Worker) -> int:
    """Wait until the attack ends, or kill it after ENDING_SECONDS. Return the number of its actions, 0 if it
    was killed. Raises EndedTooSoon if it failed."""
    output = "0"
    with suppress(TimeoutError):
        output = await asyncio.wait_for(asyncio.to_thread(read_line, attacker), ENDING_SECONDS)
    attacker.kill()
    return int(output)
