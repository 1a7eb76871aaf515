"""Measures an earlier version and this one in turns: `python -m bench.compare REF --scenarios group,pairs`.

REF is a commit, branch or tag of this repository. Both versions run in this Python environment, under this
load generator, each on its own database. The other options are those of `python -m bench`. Subjects that are
not im66 are the same in both turns, so their ratio shows how noisy the machine is.
"""

import logging
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from statistics import median

from bench import machine, report
from bench.databases import database
from bench.figures import Figures
from bench.options import Options, parse
from bench.pinning import on_core
from bench.processes import LOAD_CORE, ROOT, allow_many_sockets
from bench.runner import can_be_played
from bench.scenarios import SCENARIOS
from bench.stage import Stage

logger = logging.getLogger(__name__)

USUAL = ("group", "pairs", "latency", "storm")
RUNS = 6  # their range holds the median ratio with a confidence of 97 %


@dataclass(frozen=True, slots=True)
class Comparison:
    """The runs of one scenario on one database, by the earlier version and by this one."""

    scenario: str
    database: str
    earlier: Sequence[Figures]
    current: Sequence[Figures]

    def lines(self) -> Iterator[str]:
        """Yield a row of the table for each figure."""
        for name, figure in self.current[0].items():
            before = [run[name].value for run in self.earlier]
            after = [run[name].value for run in self.current]
            ratios = [new / old for old, new in zip(before, after, strict=True) if old]
            spread = f"{median(ratios):.2f} | {min(ratios):.2f} to {max(ratios):.2f}" if ratios else " | "
            values = f"{median(before):,.1f} | {median(after):,.1f} {figure.unit}"
            yield f"| {self.scenario} | {self.database} | {name} | {values} | {spread} |"


def table(ref: str, comparisons: Sequence[Comparison]) -> str:
    """Return all comparisons as a table, with the confidence of its last column."""
    runs = len(comparisons[0].current)
    head = ("scenario", "on", "figure", ref, "now", "ratio", "in the runs")
    rows = [" | ".join(head), " | ".join(["---"] * len(head))]
    lines = [
        *(f"| {row} |" for row in rows),
        *(line for comparison in comparisons for line in comparison.lines()),
    ]
    return (
        f"Medians of {runs} runs in turns; load of the machine {machine.load():.1f}. A ratio is this "
        f"version's figure divided by that of {ref} in the same run. The last column holds the true median "
        f"with a confidence of {1 - 2.0 ** (1 - runs):.0%}.\n\n" + "\n".join(lines) + "\n"
    )


@contextmanager
def code_of(ref: str) -> Iterator[Path]:
    """Extract the files of the commit into a folder, which is removed at the end of the block."""
    archive = subprocess.run(["git", "archive", ref], cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout
    with tempfile.TemporaryDirectory(prefix="im66-compare-") as folder:
        with tarfile.open(fileobj=BytesIO(archive)) as files:
            files.extractall(folder, filter="data")
        yield Path(folder)


def compare(options: Options, database_name: str, earlier: Path) -> list[Comparison]:
    """Run each scenario with both versions, which begin in turns."""
    with ExitStack() as stack:
        stages = {code: stack.enter_context(_stage(options, database_name, code)) for code in (earlier, ROOT)}
        stack.enter_context(on_core(LOAD_CORE))
        opened = stages[ROOT].database
        played = [name for name in options.scenarios if can_be_played(name, opened)]
        return [_play(name, opened.name, stages, options.runs) for name in played]


@contextmanager
def _stage(options: Options, database_name: str, code: Path) -> Iterator[Stage]:
    with (
        tempfile.TemporaryDirectory(prefix="im66-bench-") as folder,
        database(database_name, Path(folder), code) as opened,
        Stage(opened, options.sizes) as stage,
    ):
        yield stage


def _play(scenario: str, database_name: str, stages: Mapping[Path, Stage], runs: int) -> Comparison:
    figures: dict[Path, list[Figures]] = {code: [] for code in stages}
    for number in range(1, runs + 1):
        logger.info("%s on %s: run %d of %d", scenario, database_name, number, runs)
        for code in sorted(stages, reverse=number % 2 == 0):
            figures[code].append(SCENARIOS[scenario].measure(stages[code]))
    return Comparison(scenario, database_name, *figures.values())


def main() -> None:
    report.configure_output()
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    ref = sys.argv[1]
    options = parse(["--runs", str(RUNS), *sys.argv[2:]], tuple(SCENARIOS), USUAL)
    allow_many_sockets()
    with code_of(ref) as earlier:
        comparisons = [
            comparison for name in options.databases for comparison in compare(options, name, earlier)
        ]
    sys.stdout.write(table(ref, comparisons))


if __name__ == "__main__":
    main()
