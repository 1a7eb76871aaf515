"""Tests that measure run while no other test runs, although several processes run tests."""

import subprocess
import sys
from itertools import combinations
from typing import NamedTuple

import pytest

from testkit.loaded import ROOT

# Only the wide tier has such tests.
pytestmark = [pytest.mark.slow, pytest.mark.wide]

PROCESSES = 3
CONFTEST = """
import os, time
import pytest
from tests.support import alone

def pytest_configure(config):
    config.addinivalue_line("markers", "alone")
    alone.register(config)

@pytest.fixture
def noted(request):
    began = time.monotonic()
    yield
    with open(os.environ["NOTES"], "a") as notes:
        notes.write(f"{request.node.path.stem} {began} {time.monotonic()}\\n")
"""
TEST = """
import time
import pytest

{mark}
@pytest.mark.parametrize("number", range(6))
def test_it(noted, number):
    time.sleep(0.05)
"""
FILES = {"test_some": "", "test_measured": "@pytest.mark.alone", "test_others": ""}


class Ran(NamedTuple):
    """A finished test."""

    file: str
    began: float
    ended: float


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> list[Ran]:
    folder = tmp_path_factory.mktemp("run")
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "pytest.ini").write_text("[pytest]\n")
    for name, mark in FILES.items():
        (folder / f"{name}.py").write_text(TEST.format(mark=mark))
    notes = folder / "notes"
    command = [sys.executable, "-m", "pytest", "-n", str(PROCESSES), "--dist", "loadfile", str(folder)]
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "NOTES": str(notes)}
    subprocess.run([*command, "-p", "no:django"], check=True, cwd=folder, env=environment)
    return sorted(map(_read, notes.read_text().splitlines()), key=lambda one: one.began)


def _read(line: str) -> Ran:
    file, began, ended = line.split()
    return Ran(file, float(began), float(ended))


def at_once(ran: list[Ran]) -> set[frozenset[str]]:
    """Return the files whose tests overlapped."""
    return {
        frozenset({first.file, second.file})
        for first, second in combinations(ran, 2)
        if second.began < first.ended
    }


def test_measured_tests_run_alone_and_consecutively(ran: list[Ran]) -> None:
    files = [one.file for one in ran]
    first = files.index("test_measured")
    assert files[first : first + 6] == ["test_measured"] * 6
    assert not any("test_measured" in files for files in at_once(ran))


def test_unmeasured_tests_run_in_parallel(ran: list[Ran]) -> None:
    assert frozenset({"test_some", "test_others"}) in at_once(ran)
