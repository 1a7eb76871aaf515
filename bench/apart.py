"""Work in a separate process, which prepares itself, reports that it is ready, and waits for the word to
begin.
"""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bench.processes import ROOT, environment

Worker = subprocess.Popen[str]


class EndedTooSoon(Exception):
    """The process ended without another line."""


@contextmanager
def apart(
    module: str, *arguments: object, settings: Mapping[str, str], folder: Path = ROOT
) -> Iterator[Worker]:
    """Run `python -m module` with these arguments in that folder; killed at the end of the block."""
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
    """Tell it to begin."""
    assert worker.stdin
    worker.stdin.write("go\n")
    worker.stdin.flush()
