"""An import takes little memory, wherever large values lie."""

import os
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
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    said, complaint = process.communicate()
    assert process.returncode == 0, complaint
    assert "would be imported" in said
    return used.ru_maxrss / 1024


def inbox(first: FirstServer) -> None:
    first.wait("bob", *(unicast("alice", f"{number}") for number in range(4000)))
    for number in range(200):
        first.wait("bob", unicast("alice", f"{number} {LARGE}"))


def notices(first: FirstServer) -> None:
    for group in range(200):
        first.group(group + 1, "alice", [], notice=LARGE)


@pytest.mark.parametrize("lay_out", [inbox, notices])
def test_it_works(first: FirstServer, tmp_path: Path, lay_out: Callable[[FirstServer], None]) -> None:
    lay_out(first)
    server = Server(tmp_path)
    server.prepare()
    assert megabytes(server, first.url, "--dry-run") < MEGABYTES
