"""Prints the beginning and the results of a run."""

import logging
import signal
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from bench import machine
from bench.results import Result, table
from bench.subjects import LIFTED

logger = logging.getLogger(__name__)

FINE = "Nothing was lost, nothing came twice or out of order."


def configure_output() -> None:
    """Configure the log of the progress. Let SIGTERM raise an exception, so that the servers are stopped
    too."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))
    logging.basicConfig(format="%(message)s", level=logging.INFO)
    logger.info("All people have one address, so im66 runs without %s", ", ".join(LIFTED))


def print_results(
    results: Sequence[Result],
    path: Path,
    versions: Mapping[str, str],
    ratios: Sequence[str] = (),
    fine: str = FINE,
) -> None:
    """Print the machine and the versions, the table, the problems, and the path of the saved results."""
    packages = " · ".join(f"{name} {value}" for name, value in versions.items())
    parts = [
        f"Measured on {date.today()}: {packages}. Medians of runs; load of the machine {machine.load():.1f}.",
        table(results),
        "\n".join(ratios),
        "\n".join(trouble for result in results for trouble in result.troubles()) or fine,
        f"Everything is in {path}",
    ]
    sys.stdout.write("\n\n".join(filter(None, parts)) + "\n")
