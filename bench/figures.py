"""What scenarios give, and the bars it is held against. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from math import inf
from statistics import median
from typing import Any

from bench.stage import Stage
from bench.traffic import Outcome


@dataclass(frozen=True, slots=True)
class Figure:
    """One measurement. `detail`: whatever else is worth keeping."""

    value: float
    unit: str
    detail: dict[str, Any] = field(default_factory=dict)


Figures = Mapping[str, Figure]


@dataclass(frozen=True, slots=True)
class Bar:
    """The figure `over`, divided by the figure `under` of the same run if there is one, has to be at least,
    or at most, the limit of the server. A figure that is no more than `enough` is held whatever its ratio."""

    over: str
    under: str | None
    limits: Mapping[str, float]
    at_least: bool = True
    enough: float = -inf

    def values(self, runs: Sequence[Figures]) -> list[float]:
        """What each run comes to; infinite where the other one did nothing at all."""
        return [_ratio(run[self.over].value, self._divisor(run)) for run in runs]

    def is_held(self, runs: Sequence[Figures], server: str) -> bool:
        if median(run[self.over].value for run in runs) <= self.enough:
            return True
        reached = median(self.values(runs))
        return reached >= self.limits[server] if self.at_least else reached <= self.limits[server]

    def _divisor(self, run: Figures) -> float:
        return run[self.under].value if self.under else 1.0


@dataclass(frozen=True, slots=True)
class Scenario:
    """`measure` plays it once and gives a figure for each subject or size. `once`: one run is enough.

    `shared`: its servers share a PostgreSQL and a Redis, so that it is not played without. `apart`: it takes
    so long that it is played only when it is asked for."""

    name: str
    measure: Callable[[Stage], Figures]
    bars: Sequence[Bar] = ()
    once: bool = False
    shared: bool = False
    apart: bool = False


def _ratio(over: float, under: float) -> float:
    return over / under if under else inf


def of_outcome(value: float, unit: str, outcome: Outcome, **more: Any) -> Figure:
    """A figure with what came of the traffic beside it, and whatever more is worth keeping."""
    return Figure(value, unit, {**asdict(outcome), **more})
