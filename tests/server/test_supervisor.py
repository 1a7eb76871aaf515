"""server.supervisor, with processes that start in no time."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from server import supervisor
from server.supervisor import http
from server.supervisor.child import LoopState, hung_seconds
from server.supervisor.http import Answer
from server.supervisor.plan import SOCKET, Plan

STUB = Path(__file__).with_name("supervised_stub.py")
SECONDS = 20.0


class Running:
    """A supervisor of two processes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.set_inheritable(True)
        self.manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.manager.bind(str(folder / "manager"))
        self.manager.settimeout(SECONDS)
        self.process: subprocess.Popen[str] | None = None

    def begin(self, **settings: str) -> subprocess.Popen[str]:
        plan = Plan(
            processes=2,
            command=[sys.executable, "-I", "-S", str(STUB), str(self.folder)],
            listener=self.listener.fileno(),
            metrics=-1,
            url="http://127.0.0.1:6060",
            folder=str(self.folder),
            stop_seconds=2.0,
            max_silent_seconds=60.0,
            max_hung_seconds=1.0,
            logs_json=False,
        )
        manager = {"NOTIFY_SOCKET": str(self.folder / "manager"), "RUNTIME_DIRECTORY": str(self.folder)}
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(Path(supervisor.__file__).parent), plan.dump()],
            pass_fds=[self.listener.fileno()],
            env=os.environ | manager | settings,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        return self.process

    def until_notified(self, line: str) -> str:
        while line not in (text := self.manager.recv(4096).decode()).splitlines():
            pass
        return text

    def start(self) -> list[int]:
        self.begin()
        self.until_notified("READY=1")
        return self.pids()

    def pids(self) -> list[int]:
        """Of all processes that were started so far."""
        started = self.folder / "started"
        return [int(line.split()[0]) for line in started.read_text().splitlines()] if started.exists() else []

    def send(self, number: signal.Signals) -> None:
        assert self.process
        self.process.send_signal(number)

    def wait(self) -> tuple[int, str]:
        assert self.process
        _, log = self.process.communicate(timeout=SECONDS)
        return self.process.returncode, log

    def ask(self, path: str) -> Answer:
        return asyncio.run(http.get(str(self.folder / SOCKET), path, SECONDS))

    def reload(self) -> str:
        """As the unit does: the answer's status and text."""
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(SECONDS)
            client.connect(str(self.folder / SOCKET))
            client.sendall(b"POST /reload HTTP/1.1\r\n\r\n")
            head, _, body = b"".join(iter(lambda: client.recv(4096), b"")).decode().partition("\r\n\r\n")
        return f"{head.split()[1]} {body}"


@pytest.fixture
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    running = Running(tmp_path_factory.mktemp("s"))
    yield running
    if running.process:
        running.process.kill()
        for output in (running.process.stdout, running.process.stderr):
            assert output
            output.close()
        running.process.wait()
    running.manager.close()
    running.listener.close()


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def runs(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False


pytestmark = pytest.mark.slow


def test_start_is_reported_once_all_processes_are_ready(running: Running) -> None:
    (running.folder / "unready").touch()
    running.begin(WATCHDOG_USEC="200000")
    until(lambda: len(running.pids()) == 2)
    assert running.ask("/readyz").status == 503
    (running.folder / "unready").unlink()
    assert "STATUS=2 of 2 processes are ready." in running.until_notified("READY=1")
    assert running.ask("/readyz").status == 200
    running.until_notified("WATCHDOG=1")
    running.send(signal.SIGTERM)
    running.until_notified("STOPPING=1")
    assert running.wait()[0] == 0
    assert not any(map(runs, running.pids()))


@pytest.mark.parametrize(("status", "started", "code"), [("2", 2, 2), ("3", 6, 3)])
def test_start_is_given_up_after_failures(running: Running, status: str, started: int, code: int) -> None:
    (running.folder / "fail").write_text(status)
    running.begin()
    ended, log = running.wait()
    assert ended == code
    assert f"ended with status {status} before it was ready." in log
    assert len(running.pids()) <= started


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_process_that_ends_or_is_stopped_is_replaced(running: Running, number: signal.Signals) -> None:
    first, second = running.start()
    os.kill(first, number)
    until(lambda: len(running.pids()) == 3 and running.ask("/readyz").status == 200)
    assert runs(second)
    assert not runs(first)


def test_reload_replaces_processes_in_turn_with_current_settings(running: Running) -> None:
    before = running.start()
    (running.folder / "im66.env").write_text("# The contact.\nIM66_CONTACT='desk @ example'\n")
    running.send(signal.SIGHUP)
    assert "MONOTONIC_USEC=" in running.until_notified("RELOADING=1")
    running.until_notified("READY=1")
    assert not any(map(runs, before))
    started = (running.folder / "started").read_text().splitlines()
    assert [line.split(" ", 1)[1] for line in started] == ["", "", "desk @ example", "desk @ example"]


def test_reload_with_a_bad_program_leaves_the_old_processes(running: Running) -> None:
    before = running.start()
    (running.folder / "fail").write_text("3")
    running.send(signal.SIGHUP)
    assert "STATUS=The restart failed: Process 1 ended with status 3" in running.until_notified("READY=1")
    assert all(map(runs, before))
    assert running.ask("/readyz").status == 200


def test_requested_reload_is_answered_with_its_result(running: Running) -> None:
    before = running.start()
    assert running.reload() == "200 "
    assert not any(map(runs, before))
    (running.folder / "fail").write_text("3")
    assert running.reload().startswith("500 Process 1 ended with status 3")
    assert running.ask("/readyz").status == 200


@pytest.mark.parametrize("doing", ["silent", "spinning"])
def test_process_whose_loop_hangs_is_replaced(running: Running, doing: str) -> None:
    first, second = running.start()
    (running.folder / f"{doing}-{second}").touch()
    until(lambda: len(running.pids()) == 3 and not runs(second))
    assert runs(first)


@pytest.mark.parametrize(
    ("before", "after", "hung"),
    [
        (LoopState("R", 5.0), LoopState("R", 5.9), 0.9),
        (LoopState("S", 5.0), LoopState("S", 5.0), 1.0),
        # It has little of a processor, or waits for the disk.
        (LoopState("R", 5.0), LoopState("R", 5.125), 0.125),
        (LoopState("S", 5.0), LoopState("D", 5.0), 0.0),
        (LoopState("S", 5.0), None, 0.0),
    ],
)
def test_slow_process_is_not_considered_hung(before: LoopState, after: LoopState | None, hung: float) -> None:
    assert hung_seconds(before, after, 1.0) == pytest.approx(hung)


def test_repeated_reload_requests_are_merged(running: Running) -> None:
    running.start()
    for _ in range(4):
        running.send(signal.SIGHUP)
        time.sleep(0.02)
    for _ in range(2):
        running.until_notified("RELOADING=1")
    running.until_notified("READY=1")
    assert len(running.pids()) == 6


def test_sigterm_during_a_reload_ends_all_processes(running: Running) -> None:
    running.start()
    (running.folder / "unready").touch()
    running.send(signal.SIGHUP)
    until(lambda: len(running.pids()) == 3)
    running.send(signal.SIGTERM)
    assert running.wait()[0] == 0
    assert not any(map(runs, running.pids()))


def test_processes_end_with_a_killed_supervisor(running: Running) -> None:
    running.start()
    running.send(signal.SIGKILL)
    until(lambda: not any(map(runs, running.pids())))


def test_metrics_of_all_processes_are_on_one_page(running: Running) -> None:
    first, second = running.start()
    lines = running.ask("/metrics").body.decode().splitlines()
    assert lines[:2] == ["# HELP pid The process.", "# TYPE pid gauge"]
    assert {line.split()[0] for line in lines[2:]} == {'pid{process="1"}', 'pid{process="2"}'}
    assert {float(line.split()[1]) for line in lines[2:]} == {first, second}


def test_metric_samples_of_a_family_stay_together() -> None:
    page = (
        '# HELP a A.\n# TYPE a counter\na_total{kind="x y"} 1.0\n# HELP b B.\n# TYPE b gauge\nb 2.0\n# EOF\n'
    )
    assert http.merged_metrics({1: page, 2: page}).splitlines() == [
        "# HELP a A.",
        "# TYPE a counter",
        'a_total{process="1",kind="x y"} 1.0',
        'a_total{process="2",kind="x y"} 1.0',
        "# HELP b B.",
        "# TYPE b gauge",
        'b{process="1"} 2.0',
        'b{process="2"} 2.0',
        "# EOF",
    ]
