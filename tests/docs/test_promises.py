"""Each rule of the two dialects has a test that names it, and tests name no other rules."""

import re
import subprocess
import sys

import pytest

from testkit.promises import PAGE, ROOT, SOURCES, page, promises, rules

# `make check` runs them.
CHECKS = ("tests/docs/", "tests/make/")
HELD = promises()
KNOWN = {name for source in SOURCES for name in rules(source)}


def test_rules_are_collected() -> None:
    assert len(KNOWN) > 250


def test_no_rule_has_lost_its_test() -> None:
    assert KNOWN - set(HELD) == set()


def test_tests_name_existing_rules() -> None:
    assert set(HELD) - KNOWN == set()


def test_rule_id_belongs_to_one_page() -> None:
    assert sum(len(rules(source)) for source in SOURCES) == len(KNOWN)


def test_promises_page_is_current() -> None:
    """`python -m testkit.promises` writes it."""
    assert PAGE.read_text() == page()


def test_each_row_of_a_rules_table_has_an_id() -> None:
    text = (ROOT / SOURCES[0]).read_text()
    tables = re.findall(r"^\|.*\| rule \|\n\|[-|]+\|\n((?:\|.*\|\n)+)", text, re.MULTILINE)
    assert len(tables) > 3
    assert [
        row for table in tables for row in table.splitlines() if row.split("|")[-2].strip() not in KNOWN
    ] == []


@pytest.mark.slow
def test_make_test_all_runs_the_tests_of_promises() -> None:
    """What the dialects promise is not left to `make test-wide`."""
    named = {test for tests in HELD.values() for test in tests if not test.startswith(CHECKS)}
    assert len(named) > 400
    files = sorted({test.partition("::")[0] for test in named})
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:xdist", "--tier=all", *files]
    collected = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    tests = {line.partition("[")[0] for line in collected.splitlines()}
    assert sorted(named - tests) == []
