"""`im66 prepare` by several processes at once, and after one that was killed, on both databases."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from testkit.availability import unavailable
from testkit.server import ROOT, Server
from testkit.services import Postgres, Unavailable

pytestmark = pytest.mark.slow

SECONDS = 60.0


@pytest.fixture(params=["sqlite", "postgres"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    """One without tables."""
    if request.param == "sqlite":
        yield Server(tmp_path)
        return
    try:
        with Postgres() as postgres:
            yield Server(tmp_path, DATABASE_URL=postgres.url)
    except Unavailable as reason:
        unavailable(str(reason))


def begin(server: Server) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "im66", "prepare"],
        cwd=ROOT,
        env=server.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def wait(is_so: Callable[[str], bool], process: "subprocess.Popen[str]") -> None:
    assert process.stdout
    deadline = time.monotonic() + SECONDS
    while not is_so(process.stdout.readline()):
        assert time.monotonic() < deadline


def test_concurrent_prepare_survives_a_killed_process(server: Server) -> None:
    killed = begin(server)
    wait(lambda line: "Applying log." in line, killed)
    killed.send_signal(signal.SIGKILL)
    killed.communicate(timeout=SECONDS)
    together = [begin(server) for _ in range(3)]
    printed = [process.communicate(timeout=SECONDS)[0] for process in together]
    assert [process.returncode for process in together] == [0, 0, 0], printed
    assert sorted("Applying" in text for text in printed) == [False, False, True]
    assert all("/signup/" in text for text in printed)
    assert "Waiting for it." in "".join(printed)
    server.manage("migrate", "--check")
