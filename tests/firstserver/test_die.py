"""An import that dies half-way leaves nothing, and can be run again."""

import signal

import pytest

from testkit.server import Server
from tests.firstserver import command
from tests.firstserver.conftest import on_both_databases
from tests.firstserver.first_server import NOW, FirstServer, grouped, unicast
from tests.support.waiting import until

pytestmark = pytest.mark.slow

MESSAGES = 20_000
EXTENSION = 1000 * "x"
COUNTS = "SELECT (SELECT count(*) FROM accounts_user), (SELECT count(*) FROM log_message)"


@pytest.fixture(autouse=True)
def waiting(first: FirstServer) -> None:
    first.group(12, "alice", ["alice", "bob"])
    half = MESSAGES // 2
    first.wait("bob", *(unicast("alice", f"{number}", NOW + number, EXTENSION) for number in range(half)))
    first.wait("bob", *(grouped("alice", f"{number}", 12, NOW + number, EXTENSION) for number in range(half)))


@on_both_databases
@pytest.mark.parametrize("number", [signal.SIGKILL, pytest.param(signal.SIGINT, marks=pytest.mark.wide)])
def test_killed_import_leaves_nothing_and_can_be_repeated(
    first: FirstServer, new: Server, number: signal.Signals
) -> None:
    process = command.start(new, first.url)
    command.until_it_writes(new, process)
    process.send_signal(number)
    text, complaint = process.communicate(timeout=command.SECONDS)

    assert text == ""
    assert "Traceback" not in complaint
    until(lambda: new.query(COUNTS) == [(0, 0)])
    assert "20,000 messages were imported" in command.run(new, first.url).output
    assert new.query(COUNTS) == [(2, MESSAGES)]
    again = command.run(new, first.url)
    assert (again.code, again.complaint) == (0, "")
    assert again.output.startswith(
        "Nothing is left to do: 2 people, 1 groups and 20,000 messages were imported at "
    )
    assert new.query(COUNTS) == [(2, MESSAGES)]
