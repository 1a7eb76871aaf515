"""Tests in files that are run on SQLite, run again on PostgreSQL."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from testkit.availability import running
from testkit.server import ROOT, Server
from testkit.services import Postgres


def files(folder: str, *names: str) -> list[str]:
    """The files of tests of these names, in a folder of tests. Each of `names` may hold several."""
    return [f"tests/{folder}/test_{name}.py" for name in " ".join(names).split()]


def assert_pass_on_postgresql(data_dir: Path, paths: Sequence[str]) -> None:
    """The tests of the files at these paths, below the project's folder, pass with a new PostgreSQL."""
    with running(Postgres()) as postgres:
        environment = Server(data_dir, DATABASE_URL=postgres.url).environment
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:xdist", "--tier=all", *paths]
        done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
        assert done.returncode == 0, done.stdout
