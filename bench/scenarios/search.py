"""Searches in a small log and in a large one, as the calls do: how long does a slow one take?"""

import json
import sys
from collections.abc import Sequence
from contextlib import ExitStack

from bench.apart import Worker, apart, begin, hear
from bench.figures import Bar, Figure, Scenario
from bench.percentiles import summary
from bench.processes import call
from bench.stage import Stage
from bench.subjects import IM66

ROUNDS = 3


def measure(stage: Stage) -> dict[str, Figure]:
    sizes = sorted(stage.sizes.rows)
    with ExitStack() as stack:
        searchers = [_searcher(stack, stage, rows) for rows in sizes]
        took = _search(searchers)
    names = {0: "smallest", len(sizes) - 1: "largest"}
    return {
        f"p99, {names.get(number, str(rows))}": _figure(rows, took[number])
        for number, rows in enumerate(sizes)
    }


def _searcher(stack: ExitStack, stage: Stage, rows: int) -> Worker:
    """One that has indexed its log."""
    # The logs of the scenario history, if that was played before.
    settings = stage.database.settings(IM66, f"-{rows}")
    stage.make_tables(IM66, settings)
    call([sys.executable, "-m", "bench.generate", str(rows)], settings)
    searcher = stack.enter_context(apart("bench.searching", stage.sizes.pages, settings=settings))
    hear(searcher)
    return searcher


def _search(searchers: Sequence[Worker]) -> list[list[float]]:
    """Milliseconds for each. They take turns, because the machine's speed changes over time."""
    took: list[list[float]] = [[] for _ in searchers]
    for number in range(ROUNDS + 1):
        for searcher, found in zip(searchers, took, strict=True):
            begin(searcher)
            milliseconds = json.loads(hear(searcher))
            if number:  # the first round reads the disk
                found += milliseconds
    return took


def _figure(rows: int, took: Sequence[float]) -> Figure:
    percentiles = summary(took)
    return Figure(percentiles["p99"], "ms per search", {"rows": rows, "milliseconds": percentiles})


SCENARIO = Scenario(
    "search",
    measure,
    (Bar("p99, largest", "p99, smallest", dict.fromkeys(("daphne", "uvicorn"), 1.5), False),),
    once=True,
    serverless=True,
)
