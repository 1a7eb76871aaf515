"""The options of a bench run."""

from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from bench.attacks import ATTACKS
from bench.databases import DATABASES, SQLITE

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True, slots=True)
class Sizes:
    """The sizes of the scenarios, and their contents."""

    members: int = 300
    writers: int = 30
    pairs: int = 100
    rules: int = 5000
    seconds: float = 2.0
    idle: tuple[int, ...] = (1000, 5000)
    storm: int = 1000
    rows: tuple[int, ...] = (10_000, 200_000)
    pages: int = 50
    groups: tuple[int, ...] = (2, 300, 5000)
    nodes: tuple[int, ...] = (1, 2, 3)
    people: int = 100_000
    devices: int = 10_000
    hundred: tuple[int, ...] = (20_000, 100_000)
    attack_seconds: float = 6.0
    attacks: tuple[str, ...] = tuple(ATTACKS)


@dataclass(frozen=True, slots=True)
class Options:
    """One run of the bench. `runs`: how often each scenario is measured, for medians."""

    scenarios: tuple[str, ...]
    databases: tuple[str, ...] = (SQLITE,)
    runs: int = 3
    sizes: Sizes = Sizes()
    results: Path = RESULTS


def parse(arguments: Sequence[str], scenarios: Sequence[str], usual: Sequence[str]) -> Options:
    """Parse a command line. Without names it selects the usual scenarios. Exits with a usage message on an
    error."""
    values = vars(_parser(scenarios, usual).parse_args(arguments))
    sizes = Sizes(**{field.name: values.pop(field.name) for field in fields(Sizes)})
    return Options(**values, sizes=sizes)


def _parser(scenarios: Sequence[str], usual: Sequence[str]) -> ArgumentParser:
    parser = ArgumentParser(prog="python -m bench", description=__doc__)
    add_names(parser, "--scenarios", scenarios, tuple(usual))
    add_names(parser, "--attacks", tuple(ATTACKS), tuple(ATTACKS))
    add_names(parser, "--databases", DATABASES, (SQLITE,))
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--results", type=Path, default=RESULTS, help="the folder for JSON")
    sizes = Sizes()
    for field in fields(Sizes):
        if field.name == "attacks":
            continue
        default = getattr(sizes, field.name)
        kind = _counts if isinstance(default, tuple) else type(default)
        parser.add_argument(f"--{field.name}", type=kind, default=default, help=f"default: {default}")
    return parser


def add_names(parser: ArgumentParser, name: str, known: Sequence[str], default: tuple[str, ...]) -> None:
    """Add an option for a list of names, separated by commas. Unknown names are errors of usage."""

    def chosen(text: str) -> tuple[str, ...]:
        names = tuple(text.split(","))
        if unknown := set(names).difference(known):
            raise ArgumentTypeError(f"unknown: {', '.join(sorted(unknown))}")
        return names

    parser.add_argument(name, type=chosen, default=default, help=f"of {','.join(known)}")


def _counts(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split(",")))
