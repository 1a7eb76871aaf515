"""Processes that append to one log and do nothing else: how many rows a second does it take, and how does
that depend on how many share a transaction?
"""

import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager

from bench.figures import Figure, Scenario
from bench.pinning import on_core
from bench.processes import ROOT, environment
from bench.stage import Stage
from bench.subjects import IM66

LABEL = "-log"
ROWS = (1, 16, 100, 500)
# More do not make it faster, for one after the other has the log.
PROCESSES = 2

Appender = subprocess.Popen[str]


def measure(stage: Stage) -> dict[str, Figure]:
    settings = stage.database.settings(IM66, LABEL)
    stage.make_tables(IM66, settings)
    return {f"{rows} at a time": _append(settings, rows, stage.sizes.seconds) for rows in ROWS}


def _append(settings: Mapping[str, str], rows: int, seconds: float) -> Figure:
    command = [sys.executable, "-m", "bench.appending", str(rows), str(seconds)]
    with ExitStack() as stack:
        appenders = [stack.enter_context(_ready(command, settings, core)) for core in range(PROCESSES)]
        transactions = _race(appenders)
    return Figure(transactions * rows / seconds, "rows/s", {"transactions": transactions, "seconds": seconds})


@contextmanager
def _ready(command: Sequence[str], settings: Mapping[str, str], core: int) -> Iterator[Appender]:
    with on_core(core):
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment(settings),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
    with process:
        try:
            _read(process)
            yield process
        finally:
            process.kill()


def _race(appenders: Sequence[Appender]) -> int:
    """Let all begin; how many transactions they had together."""
    for appender in appenders:
        assert appender.stdin
        appender.stdin.write("go\n")
        appender.stdin.flush()
    return sum(int(_read(appender)) for appender in appenders)


def _read(process: Appender) -> str:
    assert process.stdout
    if line := process.stdout.readline():
        return line
    raise RuntimeError("An appender ended before its time.")


SCENARIO = Scenario("log", measure, once=True, shared=True)
