"""The results of a run, as a table and as JSON. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import isfinite
from statistics import median
from typing import Any

from bench.figures import Bar, Figure, Figures, Scenario

_HEAD = (
    "scenario",
    "on",
    "figure",
    "measured",
    "p50 · p99 · p99.9 ms",
    "generator",
    "against",
    "ratio",
    "bar",
    "",
)


@dataclass(frozen=True, slots=True)
class Result:
    """The runs of one scenario on one database."""

    scenario: Scenario
    database: str
    runs: Sequence[Figures]

    def as_json(self) -> dict[str, Any]:
        return {
            "scenario": self.scenario.name,
            "database": self.database,
            "runs": [{name: asdict(figure) for name, figure in run.items()} for run in self.runs],
        }

    def troubles(self) -> list[str]:
        """Return a line for each figure with lost, duplicate or late messages or with complaints."""
        about = f"{self.scenario.name}, {self.database}"
        return [
            f"{about}, run {number}, {name}: {figure.detail['account']}, {figure.detail['complaints']}"
            for number, run in enumerate(self.runs, 1)
            for name, figure in run.items()
            if _is_troubled(figure)
        ]


def _is_troubled(figure: Figure) -> bool:
    account = figure.detail.get("account", {})
    return bool(
        figure.detail.get("complaints") or any(account.get(key) for key in ("lost", "duplicates", "late"))
    )


def table(results: Iterable[Result]) -> str:
    """Return a table with a line for each figure and bar."""
    lines = [_HEAD, ("---",) * len(_HEAD), *(line for result in results for line in _lines(result))]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _lines(result: Result) -> Iterable[tuple[str, ...]]:
    for name in result.runs[0]:
        bars = [bar for bar in result.scenario.bars if bar.over == name]
        about = (result.scenario.name, result.database, name, *_measured_cells(result, name))
        if not bars:
            yield (*about, "", "", "", "")
        for bar in bars:
            yield (*about, *_bar_cells(result, bar))


def _measured_cells(result: Result, name: str) -> tuple[str, str, str]:
    figures = [run[name] for run in result.runs]
    middle = median(figure.value for figure in figures)
    return f"{_rounded(middle)} {figures[0].unit}", _percentiles(figures), _generator_load(figures)


def _percentiles(figures: Sequence[Figure]) -> str:
    percentiles: list[Mapping[str, float]] = [
        figure.detail["milliseconds"] for figure in figures if "milliseconds" in figure.detail
    ]
    return (
        " · ".join(_rounded(median(run[name] for run in percentiles)) for name in percentiles[0])
        if percentiles
        else ""
    )


def _generator_load(figures: Sequence[Figure]) -> str:
    """Return the load generator's share of its core."""
    shares = [figure.detail["rates"]["busy"] for figure in figures if "rates" in figure.detail]
    return f"{median(shares):.0%}" if any(shares) else ""


def _bar_cells(result: Result, bar: Bar) -> tuple[str, str, str, str]:
    sign = "≥" if bar.at_least else "≤"
    against = f"{bar.under} {_measured_cells(result, bar.under)[0]}" if bar.under else ""
    ratio = f"{median(bar.values(result.runs)):.2f}" if bar.under else ""
    verdict = "pass" if bar.is_held(result.runs) else "short"
    enough = f" or {bar.enough:g}" if isfinite(bar.enough) else ""
    return against, ratio, f"{sign} {bar.limit:g}{enough}", verdict


def _rounded(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}"
