"""Every scenario, at a tiny size: it runs to its end, and nothing is lost."""

from dataclasses import replace
from pathlib import Path

import pytest

from bench import runner
from bench.databases import POSTGRES
from bench.options import Options, Sizes
from bench.results import Result, table
from bench.scenarios import SCENARIOS
from bench.scenarios import log as log_scenario
from testkit.availability import unavailable

pytestmark = [pytest.mark.slow, pytest.mark.wide, pytest.mark.usefixtures("forked")]

TINY = Sizes(
    members=6,
    writers=2,
    pairs=3,
    rules=20,
    seconds=0.2,
    idle=(2, 4),
    storm=10,
    rows=(4000, 8000),
    pages=2,
    groups=(2, 5),
    nodes=(2,),
    people=20,
    devices=8,
    hundred=(4, 8),
    attack_seconds=0.5,
    attacks=("pings",),
)
# What needs no more than SQLite.
ALONE = [name for name, scenario in SCENARIOS.items() if not scenario.shared]


@pytest.fixture(scope="module")
def results(forked: None) -> list[Result]:
    return runner.run(Options(tuple(SCENARIOS), runs=1, sizes=TINY))


def test_every_scenario_yields_figures_and_a_table(results: list[Result]) -> None:
    assert [result.scenario.name for result in results] == ALONE
    for result in results:
        assert all(figure.value >= 0 for run in result.runs for figure in run.values())
        assert len(table([result]).splitlines()) > 2


def test_scenarios_lose_and_repeat_no_messages(results: list[Result]) -> None:
    assert [trouble for result in results for trouble in result.troubles()] == []


def test_scenarios_deliver_messages(results: list[Result]) -> None:
    accounts = [
        figure.detail["account"]
        for result in results
        for run in result.runs
        for figure in run.values()
        if "account" in figure.detail
    ]
    assert len(accounts) == 41
    assert all(account["arrived"] > 0 for account in accounts)


def test_history_pages_use_indexes(results: list[Result]) -> None:
    pages = [result.runs[0] for result in results if result.scenario.name == "history"]
    for figure in (figure for figures in pages for figure in figures.values()):
        assert not [steps for steps in figure.detail["plans"].values() if "reads the whole table" in steps]


def test_bench_results_are_saved_as_json(results: list[Result], tmp_path: Path) -> None:
    kept = runner.save(results, tmp_path / "results").read_text()
    assert all(f'"{name}"' in kept for name in (*ALONE, "Python", "Django"))


def test_nodes_and_log_scenarios_yield_plausible_figures(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_scenario, "ROWS", (1, 500))
    options = Options(("nodes", "log"), databases=(POSTGRES,), runs=1, sizes=TINY)
    results = runner.run(options)
    if not results:
        unavailable(caplog.text)
    nodes, log = (result.runs[0] for result in results)
    assert [trouble for result in results for trouble in result.troubles()] == []
    accounts = [figure.detail["account"] for figure in nodes.values() if "account" in figure.detail]
    assert len(accounts) == 2
    assert all(account["arrived"] > 0 for account in accounts)
    assert nodes["fast, writing"].value > nodes["fast, only hearing"].value
    assert log["500 at a time"].value > log["1 at a time"].value > 0


def test_nodes_scenario_is_skipped_on_sqlite(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO"):
        assert runner.run(Options(("nodes",), runs=1, sizes=TINY)) == []
    assert "nodes is not played on sqlite: it needs PostgreSQL and Redis" in caplog.text


def test_sizes_scenario_permits_its_largest_group() -> None:
    sizes = replace(TINY, groups=(2, 600))
    (result,) = runner.run(Options(("sizes",), runs=1, sizes=sizes))
    assert result.troubles() == []
    assert result.runs[0]["im66, 600"].detail["account"]["arrived"] % 599 == 0
