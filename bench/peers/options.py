"""The options of a bench run."""

from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.options import RESULTS, Sizes, add_names


@dataclass(frozen=True, slots=True)
class Options:
    """One run. `runs`: how often everything is measured on each server, for medians."""

    peers: tuple[str, ...]
    runs: int = 3
    sizes: Sizes = field(default_factory=Sizes)
    results: Path = RESULTS


def parse(arguments: Sequence[str], peers: Sequence[str]) -> Options:
    """Parse a command line. Exits with a usage message on an error."""
    values = _parser(peers).parse_args(arguments)
    sizes = Sizes(members=values.members, writers=values.writers, seconds=values.seconds)
    return Options(values.peers, values.runs, sizes, values.results)


def _parser(peers: Sequence[str]) -> ArgumentParser:
    parser, sizes = ArgumentParser(prog="python -m bench.peers", description=__doc__), Sizes()
    add_names(parser, "--peers", peers, tuple(peers))
    parser.add_argument("--runs", type=int, default=3, help="default: 3")
    parser.add_argument("--members", type=int, default=sizes.members, help=f"default: {sizes.members}")
    parser.add_argument("--writers", type=int, default=sizes.writers, help=f"default: {sizes.writers}")
    parser.add_argument("--seconds", type=float, default=sizes.seconds, help=f"default: {sizes.seconds}")
    parser.add_argument("--results", type=Path, default=RESULTS, help="the folder for JSON")
    return parser
