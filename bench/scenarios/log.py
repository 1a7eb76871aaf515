"""Measures how many rows per second processes can append to one log, by the number of rows in a
transaction."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from bench.apart import Worker, apart, begin, read_line
from bench.figures import Figure, Scenario
from bench.pinning import on_core
from bench.stage import Stage
from bench.subjects import IM66

LABEL = "-log"
ROWS = (1, 16, 100, 500)
# More processes do not make it faster, because the log is locked by one at a time.
PROCESSES = 2


def measure(stage: Stage) -> dict[str, Figure]:
    settings = stage.database.settings(IM66, LABEL)
    stage.make_tables(IM66, settings)
    code, seconds = stage.database.code, stage.sizes.seconds
    return {f"{rows} at a time": _append(code, settings, rows, seconds) for rows in ROWS}


def _append(code: Path, settings: Mapping[str, str], rows: int, seconds: float) -> Figure:
    with ExitStack() as stack:
        appenders = [_ready(stack, code, settings, core, rows, seconds) for core in range(PROCESSES)]
        transactions = _race(appenders)
    return Figure(transactions * rows / seconds, "rows/s", {"transactions": transactions, "seconds": seconds})


def _ready(
    stack: ExitStack, code: Path, settings: Mapping[str, str], core: int, rows: int, seconds: float
) -> Worker:
    with on_core(core):
        appender = stack.enter_context(
            apart("bench.appending", rows, seconds, settings=settings, folder=code)
        )
    read_line(appender)
    return appender


def _race(appenders: Sequence[Worker]) -> int:
    """Let all begin at once. Return their total number of transactions."""
    for appender in appenders:
        begin(appender)
    return sum(int(read_line(appender)) for appender in appenders)


SCENARIO = Scenario("log", measure, once=True, shared=True)
