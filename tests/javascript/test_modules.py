"""Modules of the browser client that know no page, under Node.js's test runner: each *.test.js here."""

import subprocess
from pathlib import Path

import pytest

from testkit.availability import unavailable
from testkit.node import ROOT, NoNode, node

SECONDS = 60.0
FOLDER = Path(__file__).parent


@pytest.mark.parametrize("script", sorted(path.name for path in FOLDER.glob("*.test.js")))
def test_modules(script: str) -> None:
    try:
        program = node().program
    except NoNode as why:
        unavailable(str(why))
    done = subprocess.run(
        [program, "--test", str(FOLDER / script)], cwd=ROOT, capture_output=True, text=True, timeout=SECONDS
    )
    if done.returncode:
        pytest.fail(done.stdout + done.stderr, pytrace=False)
