"""Runs tests again on PostgreSQL that otherwise run on SQLite."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from testkit.availability import running
from testkit.server import ROOT, Server
from testkit.services import Postgres


def files(folder: str, *names: str) -> list[str]:
    """Return the test files of these names in a folder. Each of `names` may contain several names."""
    return [f"tests/{folder}/test_{name}.py" for name in " ".join(names).split()]


def assert_pass_on_postgresql(data_dir: Path, paths: Sequence[str]) -> None:
    """Run the test files, given relative to the project's folder, on a new PostgreSQL. They must pass."""
    with running(Postgres()) as postgres:
        environment = Server(data_dir, DATABASE_URL=postgres.url).environment
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:xdist", "--tier=all", *paths]
        done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
        assert done.returncode == 0, done.stdout
