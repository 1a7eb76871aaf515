"""The event loop that serves: uvloop's, or asyncio's where uvloop is missing, which the log says."""

import subprocess
import sys

import pytest

from testkit.server import ROOT

LOOP = """
from server.process import install_reactor
install_reactor()
import daphne.server
from twisted.internet import reactor
print(type(reactor._asyncioEventloop).__module__.partition(".")[0])
"""
MISSING = "import sys; sys.modules['uvloop'] = None" + LOOP


@pytest.mark.parametrize(("code", "loop", "is_logged"), [(LOOP, "uvloop", False), (MISSING, "asyncio", True)])
def test_reactor_runs_on_uvloop_if_it_is_installed(code: str, loop: str, is_logged: bool) -> None:
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [loop]
    assert ("uvloop is not installed" in done.stderr) == is_logged
