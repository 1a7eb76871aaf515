"""Work in a process of its own: it prepares itself, says so, and begins when it is told to."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from bench.processes import ROOT, environment

Worker = subprocess.Popen[str]


class EndedTooSoon(Exception):
    """It said nothing more."""


@contextmanager
def apart(module: str, *arguments: object, settings: Mapping[str, str]) -> Iterator[Worker]:
    """`python -m module` with these arguments, until the end of the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", module, *map(str, arguments)],
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


def hear(worker: Worker) -> str:
    """Wait for the next line that it says. Raises EndedTooSoon."""
    assert worker.stdout
    if line := worker.stdout.readline():
        return line
    raise EndedTooSoon


def begin(worker: Worker) -> None:
    """Let it do what it is prepared for."""
    assert worker.stdin
    worker.stdin.write("go\n")
    worker.stdin.flush()
