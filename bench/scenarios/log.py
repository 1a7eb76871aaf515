"""Processes that append to one log and do nothing else: how many rows a second does it take, and how does
that depend on how many share a transaction?
"""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack

from bench.apart import Worker, apart, begin, hear
from bench.figures import Figure, Scenario
from bench.pinning import on_core
from bench.stage import Stage
from bench.subjects import IM66

LABEL = "-log"
ROWS = (1, 16, 100, 500)
# More do not make it faster, for one after the other has the log.
PROCESSES = 2


def measure(stage: Stage) -> dict[str, Figure]:
    settings = stage.database.settings(IM66, LABEL)
    stage.make_tables(IM66, settings)
    return {f"{rows} at a time": _append(settings, rows, stage.sizes.seconds) for rows in ROWS}


def _append(settings: Mapping[str, str], rows: int, seconds: float) -> Figure:
    with ExitStack() as stack:
        appenders = [_ready(stack, settings, core, rows, seconds) for core in range(PROCESSES)]
        transactions = _race(appenders)
    return Figure(transactions * rows / seconds, "rows/s", {"transactions": transactions, "seconds": seconds})


def _ready(stack: ExitStack, settings: Mapping[str, str], core: int, rows: int, seconds: float) -> Worker:
    with on_core(core):
        appender = stack.enter_context(apart("bench.appending", rows, seconds, settings=settings))
    hear(appender)
    return appender


def _race(appenders: Sequence[Worker]) -> int:
    """Let all begin; how many transactions they had together."""
    for appender in appenders:
        begin(appender)
    return sum(int(hear(appender)) for appender in appenders)


SCENARIO = Scenario("log", measure, once=True, shared=True)
