"""Plugins of pytest: run some of the tests and note which fail, and tell the tiers apart."""

import importlib
import json
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

import pytest

from testkit.strength import warm

# Each has the tests of those before it.
TIERS = ["test", "all", "wide", "check"]


class Chosen:
    """A plugin of pytest: run these tests in this order, and note which fail."""

    def __init__(self, tests: Sequence[str], failed: Path) -> None:
        self._failed = failed
        self._place = {test: number for number, test in enumerate(tests)}

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> Generator[None, None, None]:
        items[:] = [item for item in items if item.nodeid in self._place]
        yield
        items.sort(key=lambda item: self._place[item.nodeid])

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self._note(report)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._note(report)

    def _note(self, report: pytest.CollectReport | pytest.TestReport) -> None:
        if report.failed:
            with self._failed.open("a") as file:
                file.write(json.dumps([report.nodeid, explain(report)]) + "\n")


def explain(report: pytest.CollectReport | pytest.TestReport) -> str:
    """How it failed, in short."""
    crash = getattr(report.longrepr, "reprcrash", None)
    return str(crash.message if crash else report.longreprtext)[:300]


class Tiers:
    """A plugin of pytest: note the tier of each test, as the tree itself tells them apart."""

    def __init__(self, file: Path) -> None:
        self._file = file

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> Generator[None, None, None]:
        yield
        tiers = importlib.import_module("tests.support.tiers")
        found = {item.nodeid: _tier_of(tiers, item) for item in items}
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._file.write_text(json.dumps(found, indent=0))


def _tier_of(tiers: Any, item: pytest.Item) -> str:
    if item.nodeid.startswith(("tests/docs/", "tests/make/")):
        return "check"
    names: tuple[str, ...] = (tiers.TEST, tiers.ALL, tiers.WIDE)
    return next(tier for tier in names if tiers.is_in(item.iter_markers(), tier))


def tiers_of(tree: Path, file: Path) -> dict[str, str]:
    """The tier of each test there, by its id. They are kept in `file`."""
    if not file.exists():
        arguments = ["--collect-only", "-q", "--tier=wide"]
        code = warm.run_pytest(tree, arguments, Tiers(file.resolve()), 900)
        assert code == 0, (
            f"The tests cannot be collected: {(tree / 'var' / 'pytest.log').read_text()[-2000:]}"
        )
    found: dict[str, str] = json.loads(file.read_text())
    return found
