"""An import takes little memory, wherever large values lie."""

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from testkit.server import Server
from tests.firstserver import command
from tests.firstserver.first_server import FirstServer, unicast

pytestmark = pytest.mark.slow

LARGE = 900_000 * "x"
MEGABYTES = 250


def megabytes(server: Server, *arguments: str) -> float:
    """The most memory that the import had."""
    process = command.start(server, *arguments)
    most = 0
    # Not what the system says of it at its end: that includes the memory of the process that started it.
    while process.poll() is None:
        most = max(most, _peak(process.pid))
        time.sleep(0.02)
    text, complaint = process.communicate()
    assert process.returncode == 0, complaint
    assert "would be imported" in text
    assert most
    return most / 1024


def _peak(pid: int) -> int:
    """The most memory that a process has had so far, in KB; 0 if it has ended."""
    status = Path(f"/proc/{pid}/status").read_text()
    match = re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
    return int(match[1]) if match else 0


def inbox(first: FirstServer) -> None:
    first.wait("bob", *(unicast("alice", f"{number}") for number in range(4000)))
    for number in range(200):
        first.wait("bob", unicast("alice", f"{number} {LARGE}"))


def notices(first: FirstServer) -> None:
    for group in range(200):
        first.group(group + 1, "alice", [], notice=LARGE)


@pytest.mark.parametrize("lay_out", [inbox, notices])
def test_import_memory_is_bounded(
    first: FirstServer, tmp_path: Path, lay_out: Callable[[FirstServer], None]
) -> None:
    lay_out(first)
    server = Server(tmp_path)
    server.prepare()
    assert megabytes(server, first.url, "--dry-run") < MEGABYTES
