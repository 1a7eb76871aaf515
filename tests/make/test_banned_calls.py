"""Ruff forbids calls for which there is one place."""

import subprocess
import sys

import pytest

from testkit.server import ROOT

CODE = "import unicodedata\n\nsaid = unicodedata.normalize('NFKC', 'a')\n"


@pytest.mark.parametrize(("path", "count"), [("chat/new.py", 1), ("accounts/names/normalizing.py", 0)])
def test_direct_unicode_normalization_is_banned(path: str, count: int) -> None:
    ruff = [sys.executable, "-m", "ruff", "check", "--select", "TID251", "--output-format", "concise"]
    output = subprocess.run(
        [*ruff, "--stdin-filename", path, "-"], input=CODE, cwd=ROOT, capture_output=True, text=True
    )
    assert output.stdout.count("TID251") == count
