"""What is tested of search on SQLite holds on PostgreSQL too."""

import subprocess
import sys
from pathlib import Path

import pytest

from testkit.availability import unavailable
from testkit.server import Server
from testkit.services import Postgres, Unavailable

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
FILES = [
    f"tests/chat/test_{name}.py" for name in ("follower", "fulltext", "reader", "search", "search_index")
]


def test_it_works(tmp_path: Path) -> None:
    try:
        with Postgres() as postgres:
            environment = Server(tmp_path, DATABASE_URL=postgres.url).environment
            command = [sys.executable, "-m", "pytest", "-q", "-p", "no:xdist", *FILES]
            done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    except Unavailable as reason:
        unavailable(str(reason))
    assert done.returncode == 0, done.stdout
