"""`python -m bench.peers --help` tells what can be asked for."""

import logging
import signal
import sys
from dataclasses import replace
from datetime import date
from statistics import median

from bench import machine
from bench.figures import Bar
from bench.peers.options import parse
from bench.peers.runner import PEERS, here, run
from bench.results import Result, table
from bench.runner import save
from bench.subjects import IM66


def main() -> None:
    # So that servers are ended in that case too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))
    logging.basicConfig(format="%(message)s", level=logging.INFO)
    options = parse(sys.argv[1:], tuple(PEERS))
    peers = here(options.peers)
    if not peers:
        sys.exit("There is nothing to measure im66 beside.")
    results = run(replace(options, peers=peers))
    path = save(results, options.results)
    troubles = [trouble for result in results for trouble in result.troubles()]
    lines = [
        f"Measured on {date.today()}: {_versions(results)}. Medians of runs; load of the machine "
        f"{machine.load():.1f}.",
        table(results),
        "\n".join(_ratio(result, peer) for result in results for peer in peers),
        "\n".join(troubles or ["Nothing was lost, nothing came twice or out of order; all is archived."]),
        f"Everything is in {path}",
    ]
    sys.stdout.write("\n\n".join(lines) + "\n")


def _versions(results: list[Result]) -> str:
    peers = {name: figure.detail.get("version") for name, figure in results[0].runs[0].items()}
    found = {**machine.describe(), **peers}
    return " · ".join(f"{name} {value}" for name, value in found.items() if value)


def _ratio(result: Result, peer: str) -> str:
    """Also of those that im66 is held to nothing against."""
    ratio = median(Bar(IM66, peer, {}).values(result.runs))
    return f"im66 on {result.server} against {peer}: {ratio:.2f}"


if __name__ == "__main__":
    main()
