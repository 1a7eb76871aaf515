"""`make test-all` runs each test that the pages of the two dialects name: what these promise is not left to
`make test-wide`."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("protocol.md", "json.md")
# `make check` runs them.
CHECKS = ("tests/docs/", "tests/make/")


def test_all_runs_what_the_pages_of_the_protocol_name() -> None:
    pages = "".join((ROOT / "docs" / page).read_text() for page in PAGES)
    named = {test for test in re.findall(r"`(tests/[^`]*::[^`]*)`", pages) if not test.startswith(CHECKS)}
    assert len(named) > 400
    files = sorted({test.partition("::")[0] for test in named})
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:xdist", "--tier=all", *files]
    collected = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    tests = {line.partition("[")[0] for line in collected.splitlines()}
    assert sorted(named - tests) == []
