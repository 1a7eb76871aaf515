"""testkit.javascript, with which `make check` type-checks the pages' scripts, including the vendored
libraries."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from testkit.availability import unavailable
from testkit.javascript import findings
from testkit.node import ROOT, NoNode, packages

COUNTER = """
import {{ signal }} from "{vendor}/signals.js";
export const count = signal(0);
/** @param {{number}} by */
export const add = (by) => {{ count.value += by; }};
"""


@pytest.fixture
def findings_of_folder(tmp_path: Path) -> list[str]:
    """Return the findings in a project with one script, which adds a string to a number."""
    _checkable()
    (tmp_path / "tsconfig.json").write_text(f'{{"extends": "{ROOT}/tsconfig.json", "include": ["*.js"]}}')
    script = COUNTER.format(vendor=ROOT / "static/im66/vendor")
    (tmp_path / "counter.js").write_text(script + 'add("one");\nconst unused = count.value;\n')
    return findings(tmp_path)


def _checkable() -> None:
    try:
        packages()
    except NoNode as why:
        unavailable(str(why))


def _checked(**environment: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m testkit.javascript` without Node.js."""
    script = (
        "import testkit.javascript as checks, testkit.node as node\nnode._candidates = lambda: iter([])\n"
    )
    script += "node._INSTALLED = node.ROOT / 'none'\nraise SystemExit(checks._main())"
    kept = {name: value for name, value in os.environ.items() if name != "CI"}
    return subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=kept | environment, capture_output=True, text=True
    )


def test_checker_reports_string_passed_for_number(findings_of_folder: list[str]) -> None:
    assert any(
        "'string' is not assignable to parameter of type 'number'" in line for line in findings_of_folder
    )


def test_unused_names_are_reported(findings_of_folder: list[str]) -> None:
    assert any("'unused' is declared but its value is never read" in line for line in findings_of_folder)


def test_script_check_without_nodejs_says_so() -> None:
    done = _checked()
    assert done.returncode == 0
    assert done.stdout.startswith("The pages' scripts were not checked. No Node.js 20 or later")


def test_script_check_without_nodejs_fails_in_ci() -> None:
    assert _checked(CI="true").returncode == 1
