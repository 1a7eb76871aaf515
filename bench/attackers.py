"""An attack in a process of its own, which is told when to begin."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

from bench.processes import ROOT, environment

PREPARING_SECONDS = 180.0
# How long one may take to come to its end.
ENDING_SECONDS = 20.0

Attacker = subprocess.Popen[str]


@contextmanager
def attacker(name: str, port: int, seconds: float, settings: Mapping[str, str]) -> Iterator[Attacker]:
    """The attack of that name in a process of its own, ready to begin when it is given a line."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.attacking", name, str(port), str(seconds)],
        cwd=ROOT,
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


async def ready(process: Attacker) -> None:
    """Return when it has prepared everything."""
    assert process.stdout
    line = await asyncio.wait_for(asyncio.to_thread(process.stdout.readline), PREPARING_SECONDS)
    if line != "ready\n":
        raise RuntimeError("An attack could not be prepared.")


def begin(process: Attacker) -> None:
    """Let it attack."""
    assert process.stdin
    process.stdin.write("go\n")
    process.stdin.flush()


async def end(process: Attacker) -> int:
    """Wait for its end, or end it; how many things it did, 0 if it does not say."""
    assert process.stdout
    said = "0"
    with suppress(TimeoutError):
        said = await asyncio.wait_for(asyncio.to_thread(process.stdout.readline), ENDING_SECONDS)
    process.kill()
    return int(said or 0)
