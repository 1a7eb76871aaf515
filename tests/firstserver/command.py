"""`manage.py importfirstserver`, as an operator runs it."""

import subprocess
import sys
from typing import NamedTuple

from testkit.server import ROOT, Server
from tests.support.waiting import until

SECONDS = 100


class Outcome(NamedTuple):
    """The exit code, and the texts on stdout and stderr."""

    code: int
    output: str
    complaint: str


def start(server: Server, *arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "manage.py", "importfirstserver", *arguments],
        cwd=ROOT,
        env=server.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(server: Server, *arguments: str) -> Outcome:
    done = server.attempt("importfirstserver", *arguments)
    return Outcome(done.returncode, done.stdout, done.stderr)


def until_it_writes(server: Server, process: "subprocess.Popen[str]") -> None:
    """Wait until the import has begun to write messages, of which there must be many."""
    if "DATABASE_URL" in server.environment:
        locked = "SELECT 1 FROM pg_stat_activity WHERE query LIKE 'INSERT INTO \"log_message\"%'"
        until(lambda: bool(server.query(locked)) or process.poll() is not None)
    else:
        log = server.data_dir / "im66.sqlite3-wal"
        until(lambda: (log.exists() and log.stat().st_size > 500_000) or process.poll() is not None)
    assert process.poll() is None
