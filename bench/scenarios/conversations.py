"""Lists the first of 500 conversations of a person, from a small log and from a large one."""

import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from bench.figures import Bar, Figure, Scenario, size_name
from bench.percentiles import percentile
from bench.processes import environment
from bench.stage import Stage
from bench.subjects import IM66

# Lists for each page of `history`: with fewer, a percentile would be meaningless.
LISTS_FOR_EACH_PAGE = 10


@dataclass(frozen=True, slots=True)
class Lister:
    """A process with a log of `rows` rows."""

    rows: int
    process: "subprocess.Popen[str]"
    plans: dict[str, list[str]]

    def list(self) -> float:
        """List the conversations. Return the milliseconds."""
        assert self.process.stdin
        self.process.stdin.write("list\n")
        self.process.stdin.flush()
        return float(_answer(self.process))


def measure(stage: Stage) -> dict[str, Figure]:
    took: defaultdict[int, list[float]] = defaultdict(list)
    with ExitStack() as stack:
        listers = [stack.enter_context(_listing(stage, rows)) for rows in sorted(stage.sizes.rows)]
        # They take turns, because the machine's speed changes over time.
        for _ in range(stage.sizes.pages * LISTS_FOR_EACH_PAGE):
            for lister in listers:
                took[lister.rows].append(lister.list())
    return {
        f"list, {size_name(lister.rows, stage.sizes.rows)}": Figure(
            percentile(sorted(took[lister.rows]), 99),
            "ms, p99",
            {"rows": lister.rows, "plans": lister.plans},
        )
        for lister in listers
    }


@contextmanager
def _listing(stage: Stage, rows: int) -> Iterator[Lister]:
    settings = stage.database.settings(IM66, f"-conversations-{rows}")
    stage.make_tables(IM66, settings)
    command = [sys.executable, "-m", "bench.conversing", str(rows)]
    with subprocess.Popen(
        command, env=environment(settings), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield Lister(rows, process, _answer(process))


def _answer(process: "subprocess.Popen[str]") -> Any:
    assert process.stdout
    return json.loads(process.stdout.readline())


SCENARIO = Scenario(
    "conversations",
    measure,
    (Bar("list, largest", "list, smallest", 1.5, False),),
    once=True,
)
