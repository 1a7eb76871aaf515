"""`python -m bench --help` tells what can be asked for."""

import logging
import signal
import sys
from datetime import date

from bench import machine, runner
from bench.options import parse
from bench.results import table
from bench.scenarios import SCENARIOS


def main() -> None:
    # So that servers are ended in that case too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))
    logging.basicConfig(format="%(message)s", level=logging.INFO)
    options = parse(sys.argv[1:], tuple(SCENARIOS))
    results = runner.run(options)
    path = runner.save(results, options.results)
    versions = " · ".join(f"{name} {value}" for name, value in machine.describe().items())
    troubles = [trouble for result in results for trouble in result.troubles()]
    account = troubles or ["Nothing was lost, nothing came twice or out of order."]
    lines = [
        f"Measured on {date.today()}: {versions}. Medians of runs; load of the machine {machine.load():.1f}.",
        table(results),
        "\n".join(account),
        f"Everything is in {path}",
    ]
    sys.stdout.write("\n\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
