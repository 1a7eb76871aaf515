"""`python -m bench.peers --help` lists the options."""

import sys
from dataclasses import replace
from statistics import median

from bench import machine, report
from bench.figures import Bar
from bench.peers.options import parse
from bench.peers.runner import PEERS, installed_peers, run
from bench.results import Result
from bench.runner import save
from bench.subjects import IM66

FINE = "Nothing was lost, nothing came twice or out of order; all is archived."


def main() -> None:
    report.configure_output()
    options = parse(sys.argv[1:], tuple(PEERS))
    peers = installed_peers(options.peers)
    if not peers:
        sys.exit("There is nothing to measure im66 beside.")
    results = run(replace(options, peers=peers))
    ratios = [_ratio(result, peer) for result in results for peer in peers]
    report.print_results(results, save(results, options.results), _versions(results), ratios, FINE)


def _versions(results: list[Result]) -> dict[str, str]:
    versions = {name: figure.detail.get("version") for name, figure in results[0].runs[0].items()}
    return {**machine.describe(), **{name: version for name, version in versions.items() if version}}


def _ratio(result: Result, peer: str) -> str:
    """Return a line with the ratio of im66 to a peer, which need not have a bar."""
    ratio = median(Bar(IM66, peer, limit=0).values(result.runs))
    return f"im66 against {peer}: {ratio:.2f}"


if __name__ == "__main__":
    main()
