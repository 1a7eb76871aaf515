"""Every scenario, at a tiny size, on either server: it runs to its end, and nothing is lost."""

from pathlib import Path

import pytest

from bench import runner
from bench.options import Options, Sizes
from bench.results import Result, table
from bench.scenarios import SCENARIOS

TINY = Sizes(members=6, writers=2, pairs=3, seconds=0.2, idle=(2, 4), storm=10, rows=(4000, 8000), pages=3)


@pytest.fixture(scope="module", params=["daphne", "uvicorn"])
def results(request: pytest.FixtureRequest) -> list[Result]:
    return runner.run(Options(tuple(SCENARIOS), servers=(request.param,), runs=1, sizes=TINY))


def test_it_works(results: list[Result]) -> None:
    assert [result.scenario.name for result in results] == list(SCENARIOS)
    for result in results:
        assert all(figure.value >= 0 for run in result.runs for figure in run.values())
        assert len(table([result]).splitlines()) > 2


def test_nothing_is_lost_twice_or_late(results: list[Result]) -> None:
    assert [trouble for result in results for trouble in result.troubles()] == []


def test_traffic_was_made(results: list[Result]) -> None:
    accounts = [
        figure.detail["account"]
        for result in results
        for run in result.runs
        for figure in run.values()
        if "account" in figure.detail
    ]
    assert len(accounts) == 8
    assert all(account["arrived"] > 0 for account in accounts)


def test_pages_are_found_by_indexes(results: list[Result]) -> None:
    (history,) = (result for result in results if result.scenario.name == "history")
    for figure in history.runs[0].values():
        assert not [doubts for doubts in figure.detail["plans"].values() if "reads the whole table" in doubts]


def test_what_was_measured_can_be_kept(results: list[Result], tmp_path: Path) -> None:
    kept = runner.save(results, tmp_path / "results").read_text()
    assert all(f'"{name}"' in kept for name in (*SCENARIOS, "Python", "Django"))
