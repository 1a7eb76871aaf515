"""The figures of scenarios, and the bars that they must meet. Pure."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from math import inf
from statistics import median
from typing import Any

from bench.stage import Stage
from bench.traffic import TrafficOutcome


@dataclass(frozen=True, slots=True)
class Figure:
    """One measurement. `detail`: anything else that should be saved."""

    value: float
    unit: str
    detail: dict[str, Any] = field(default_factory=dict)


Figures = Mapping[str, Figure]


@dataclass(frozen=True, slots=True)
class Bar:
    """A limit for the figure `over`, divided by the figure `under` of the same run if that is given.
    `at_least`: it is a lower limit, otherwise an upper one. A figure of `enough` or less always meets the
    bar."""

    over: str
    under: str | None
    limit: float
    at_least: bool = True
    enough: float = -inf

    def values(self, runs: Sequence[Figures]) -> list[float]:
        """Return the ratio of each run; infinite if the figure `under` is zero."""
        return [_ratio(run[self.over].value, run[self.under].value if self.under else 1.0) for run in runs]

    def is_held(self, runs: Sequence[Figures]) -> bool:
        if median(run[self.over].value for run in runs) <= self.enough:
            return True
        reached = median(self.values(runs))
        return reached >= self.limit if self.at_least else reached <= self.limit


@dataclass(frozen=True, slots=True)
class Scenario:
    """`measure` runs the scenario once and returns a figure for each subject or size. `once`: it is measured
    in one run only.

    `shared`: its servers share a PostgreSQL and a Redis, so it needs both. `apart`: it takes so long that it
    runs only on request.
    """

    name: str
    measure: Callable[[Stage], Figures]
    bars: Sequence[Bar] = ()
    once: bool = False
    shared: bool = False
    apart: bool = False


def _ratio(over: float, under: float) -> float:
    return over / under if under else inf


def size_name(rows: int, sizes: Collection[int]) -> str:
    """Return the name of a log of this many rows in figures, among logs of these sizes."""
    return {min(sizes): "smallest", max(sizes): "largest"}.get(rows, str(rows))


def of_outcome(value: float, unit: str, outcome: TrafficOutcome, **more: Any) -> Figure:
    """Return a figure whose detail holds the outcome of the traffic, and anything else that should be
    saved."""
    return Figure(value, unit, {**asdict(outcome), **more})
