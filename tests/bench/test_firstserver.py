"""The bench of the import imports what it has laid out."""

import re
import subprocess
import sys

import pytest

from testkit.availability import unavailable
from testkit.server import ROOT
from testkit.services import Redis, Unavailable

pytestmark = pytest.mark.slow


def test_what_was_laid_out_is_imported() -> None:
    try:
        with Redis():
            pass
    except Unavailable as reason:
        unavailable(str(reason))
    command = [sys.executable, "-m", "bench.firstserver", "200", "100", "1000", "sqlite"]
    said = subprocess.run(
        command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True, timeout=100
    ).stdout
    assert re.match(r"201 people, 100 groups, \d+ memberships and \d+ messages were imported\.\n", said)
    assert re.search(r"^sqlite: \d+ s, \d+ MB$", said, re.MULTILINE)
