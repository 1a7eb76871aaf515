"""Medians, ratios and bars, as they are printed."""

from typing import Any

import pytest

from bench.figures import Bar, Figure, Figures, Scenario
from bench.results import Result, table

LIMIT = 4.0


def run(ours: float, theirs: float, **detail: Any) -> Figures:
    return {"ours": Figure(ours, "messages/s", detail), "theirs": Figure(theirs, "messages/s")}


def result(bar: Bar, *runs: Figures) -> Result:
    return Result(Scenario("chat", lambda stage: {}, [bar]), "sqlite", runs)


def cells(printed: str, line: int) -> list[str]:
    return [cell.strip() for cell in printed.splitlines()[line].strip("|").split("|")]


def test_ratio_is_printed_with_its_bar() -> None:
    printed = table([result(Bar("ours", "theirs", LIMIT), run(5000, 1000))])
    assert cells(printed, 2) == [
        *("chat", "sqlite", "ours", "5,000 messages/s", "", ""),
        *("theirs 1,000 messages/s", "5.00", "≥ 4", "pass"),
    ]
    assert cells(printed, 3)[2:4] == ["theirs", "1,000 messages/s"]


def test_ratio_is_the_median_of_the_ratios_of_each_run() -> None:
    # The machine was three times as fast in the second run; the ratio is hardly touched.
    printed = table([result(Bar("ours", "theirs", LIMIT), run(50, 10), run(144, 30), run(46, 10))])
    assert cells(printed, 2)[3] == "50.0 messages/s"
    assert cells(printed, 2)[7] == "4.80"


def test_scenario_without_figures_keeps_the_table_readable() -> None:
    printed = table([result(Bar("ours", "theirs", LIMIT), run(50, 10), run(50, 0), run(50, 20))])
    assert cells(printed, 2)[7] == "5.00"


@pytest.mark.parametrize(
    ("ours", "at_least", "verdict"),
    [(40, True, "pass"), (39, True, "short"), (40, False, "pass"), (41, False, "short")],
)
def test_verdict_compares_median_ratio_with_bar(ours: float, at_least: bool, verdict: str) -> None:
    bar = Bar("ours", "theirs", LIMIT, at_least)
    assert cells(table([result(bar, run(ours, 10))]), 2)[-1] == verdict


@pytest.mark.parametrize(("ours", "verdict"), [(50, "pass"), (51, "short")])
def test_ratio_of_small_figures_is_not_judged(ours: float, verdict: str) -> None:
    bar = Bar("ours", "theirs", LIMIT, at_least=False, enough=50.0)
    printed = cells(table([result(bar, run(ours, 1))]), 2)
    assert printed[-2:] == ["≤ 4 or 50", verdict]


def test_bar_without_denominator_is_judged() -> None:
    printed = table([result(Bar("ours", None, LIMIT, at_least=False), run(3, 1))])
    assert cells(printed, 2)[6:] == ["", "", "≤ 4", "pass"]


@pytest.mark.parametrize(
    ("detail", "troubled"),
    [
        ({"account": {"lost": 0, "duplicates": 0, "late": 0}, "complaints": {}}, False),
        ({"account": {"lost": 1, "duplicates": 0, "late": 0}, "complaints": {}}, True),
        ({"account": {"lost": 0, "duplicates": 0, "late": 2}, "complaints": {}}, True),
        ({"account": {"lost": 0, "duplicates": 0, "late": 0}, "complaints": {"error_503_try": 1}}, True),
    ],
)
def test_lost_messages_are_reported(detail: dict[str, Any], troubled: bool) -> None:
    assert bool(result(Bar("ours", None, LIMIT), run(1, 1, **detail)).troubles()) == troubled
