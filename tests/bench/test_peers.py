"""ejabberd and Prosody, for real, with a handful of people: all arrives, all is archived, nothing is left."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from bench import runner as whole_bench
from bench.options import Sizes
from bench.peers import rooms
from bench.peers.options import Options, parse
from bench.peers.runner import PEERS, installed_peers, run
from bench.peers.servers import version
from bench.peers.streams import StreamError, open_stream
from bench.processes import ROOT, ServerProcess
from bench.results import table
from bench.traffic import TrafficOutcome, drained_loop
from testkit.availability import unavailable

pytestmark = pytest.mark.slow

PEOPLE = ["alice", "bob", "charlie", "dora", "emil"]
WRITERS = PEOPLE[:2]


@pytest.fixture(scope="module", params=PEERS)
def name(request: pytest.FixtureRequest) -> str:
    value: str = request.param
    if not PEERS[value].is_installed:
        unavailable(f"{value} is not installed")
    return value


@pytest.fixture(scope="module")
def running(name: str) -> Iterator[ExitStack]:
    with ExitStack() as running:
        yield running


@pytest.fixture(scope="module")
def peer(name: str, running: ExitStack) -> ServerProcess:
    return running.enter_context(PEERS[name].running())


async def play(port: int, room: str) -> TrafficOutcome:
    async with rooms.occupied(port, room, PEOPLE, len(WRITERS)) as crowd:
        return crowd.outcome(await drained_loop(crowd.meter, crowd.flows, 0.3))


async def test_peer_server_delivers_every_message(peer: ServerProcess) -> None:
    outcome = await play(peer.port, "works")
    assert outcome.account.is_clean
    assert outcome.account.arrived > 2 * len(PEOPLE) * len(WRITERS)
    assert outcome.account.arrived % len(PEOPLE) == 0
    assert outcome.rates.deliveries > outcome.rates.messages > 0
    assert outcome.complaints == {}


async def test_missing_archived_message_is_detected(peer: ServerProcess) -> None:
    async with rooms.occupied(peer.port, "archive", PEOPLE, 1) as crowd:
        await drained_loop(crowd.meter, crowd.flows, 0.1)
        sent = {flow.sender: flow.sent for flow in crowd.flows}
        with pytest.raises(rooms.NotArchived, match="lost=1"):
            await rooms.check_archived(peer.port, "archive", {b"alice": sent[b"alice"] + 1})


async def test_peer_error_is_raised(peer: ServerProcess) -> None:
    stream = await open_stream(peer.port)
    with pytest.raises(StreamError):
        await stream.enter("r", "")
    await stream.close()


def test_peer_reports_its_version(peer: ServerProcess) -> None:
    assert version(peer.port)[0].isdigit()


def alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def _homes() -> dict[int, str]:
    """The home of each process. A peer has one of its own, and so has all that it starts."""
    results = {}
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            settings = path.read_bytes().split(b"\0")
        except OSError:
            continue
        for setting in settings:
            if setting.startswith(b"HOME="):
                results[int(path.parent.name)] = setting.removeprefix(b"HOME=").decode()
    return results


@pytest.mark.wide
def test_peer_run_measures_im66_and_the_peer(name: str, tmp_path: Path) -> None:
    sizes = Sizes(members=len(PEOPLE), writers=len(WRITERS), seconds=0.2)
    (result,) = run(Options((name,), runs=1, sizes=sizes))
    assert result.troubles() == []
    assert list(result.runs[0]) == ["im66", name]
    assert name in table([result])
    kept = whole_bench.save([result], tmp_path).read_text()
    assert '"version"' in kept


# The last of those that need it.
def test_peer_leaves_no_process_and_no_folder(name: str, running: ExitStack, peer: ServerProcess) -> None:
    assert alive(peer.pid)
    homes = _homes()
    assert any(f"im66-{name}-" in home for home in homes.values())
    (home,) = {home for pid, home in homes.items() if pid == peer.pid}
    running.close()
    assert home not in _homes().values()
    assert not Path(home).exists()


def test_missing_peers_are_logged(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setenv("PATH", "")
    assert installed_peers(tuple(PEERS)) == ()
    assert [record.getMessage().split()[0] for record in caplog.records] == list(PEERS)


def test_peer_check_fails_without_peer_servers() -> None:
    environment = {**os.environ, "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-m", "bench.peers"], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "prosody is not measured" in done.stderr
    assert "nothing to measure" in done.stderr


def test_invalid_peer_options_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert parse(["--peers", "prosody", "--seconds", "1"], tuple(PEERS)).peers == ("prosody",)
    with pytest.raises(SystemExit):
        parse(["--peers", "icq"], tuple(PEERS))
    assert "icq" in capsys.readouterr().err
