"""How a run begins, and what it says at its end."""

import logging
import signal
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from bench import machine
from bench.results import Result, table

FINE = "Nothing was lost, nothing came twice or out of order."


def begin() -> None:
    """Say what is being done, and end with an exception when told to end, so that servers are ended too."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))
    logging.basicConfig(format="%(message)s", level=logging.INFO)


def say(
    results: Sequence[Result],
    path: Path,
    versions: Mapping[str, str],
    ratios: Sequence[str] = (),
    fine: str = FINE,
) -> None:
    """Write the table; above it what it was measured with, below it what went wrong and where it is kept."""
    found = " · ".join(f"{name} {value}" for name, value in versions.items())
    parts = [
        f"Measured on {date.today()}: {found}. Medians of runs; load of the machine {machine.load():.1f}.",
        table(results),
        "\n".join(ratios),
        "\n".join(trouble for result in results for trouble in result.troubles()) or fine,
        f"Everything is in {path}",
    ]
    sys.stdout.write("\n\n".join(filter(None, parts)) + "\n")
