"""A file that has taken over its child process cannot harm anything else."""

import json
import os
import secrets
import socketserver
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from testkit import nobody
from testkit.availability import unavailable
from testkit.server import ROOT, Server
from testkit.uploading import upload
from tests.support.captured import ATTEMPTS, DONE, Targets
from uploads import conversion
from uploads.worker.sniffing import Format
from uploads.worker.tasks import Task, TaskKind

pytestmark = pytest.mark.slow

# A call that the kernel does not let through, whether or not it says so.
REFUSED = {"EACCES", "EPERM", "ENOSYS"}

# What each layer refuses by itself: most things are refused twice.
FILES = {
    "read_the_database",
    "write_to_the_database",
    "put_a_file_beside_the_database",
    "rename_the_secret_key",
    "link_to_the_database",
    "read_the_secret_key",
    "read_the_code",
    "write_to_the_code",
    "list_the_disk",
    "read_the_list_of_users",
    "write_to_tmp",
    "leave_the_folder",
    "put_a_second_file_into_the_folder",
    "make_a_folder",
    "write_to_the_source",
}
SERVERS_MEMORY = {
    "read_the_servers_environment",
    "read_the_servers_memory",
    "read_the_servers_memory_by_a_system_call",
    "look_at_the_servers_open_files",
    "trace_the_server",
}
FORK_SERVERS_MEMORY = {"read_the_fork_servers_memory", "trace_the_fork_server"}
BY_LANDLOCK = FORK_SERVERS_MEMORY | FILES | SERVERS_MEMORY | {"look_at_the_servers_mappings", "run_a_shell"}
BY_LATER_LANDLOCK = {
    "signal_the_server",
    "signal_the_server_by_its_descriptor",
    "signal_the_fork_server",
    "connect_by_tcp",
    "listen",
    "connect_to_an_abstract_socket",
}
BY_SECCOMP = {
    "read_the_servers_memory_by_a_system_call",
    "trace_the_server",
    "signal_the_server",
    "signal_the_server_by_its_descriptor",
    "signal_the_server_by_a_pipe",
    "signal_the_fork_server",
    "trace_the_fork_server",
    "limit_the_server",
    "slow_the_server_down",
    "rename_the_secret_key",
    "open_the_database_to_all",
    "link_to_the_database",
    "connect_by_tcp",
    "send_by_udp",
    "listen",
    "connect_to_a_unix_socket",
    "connect_to_an_abstract_socket",
    "run_a_shell",
    "become_a_shell",
    "fork",
    "use_an_io_ring",
    "make_a_file_in_memory",
    "become_root_of_a_namespace",
}


@dataclass(frozen=True, slots=True)
class Captive:
    """A server whose child processes are taken over, and the targets of their attacks."""

    server: Server
    targets: Targets
    picture: bytes

    def attack(self, confined_by: str) -> dict[str, Any]:
        content = replace(self.targets, confined_by=confined_by).to_file(self.picture)
        reply = upload(self.server, "/upload/writev2", content)
        assert reply.code == 1
        report: dict[str, Any] = json.loads(reply.message)
        return report

    def outcomes(self, confined_by: str) -> dict[str, str]:
        outcomes: dict[str, str] = self.attack(confined_by)["outcomes"]
        return outcomes


class _Listeners:
    """Sockets that listen for the attacks."""

    def __init__(self, folder: Path) -> None:
        self.abstract = f"im66-{secrets.token_hex(8)}"
        self.path = str(folder / "socket")
        self._open = [socketserver.TCPServer(("127.0.0.1", 0), socketserver.BaseRequestHandler)]
        for address in (self.path, "\0" + self.abstract):
            self._open.append(socketserver.UnixStreamServer(address, socketserver.BaseRequestHandler))
        self.port: int = self._open[0].server_address[1]
        for each in self._open:
            threading.Thread(target=each.serve_forever, daemon=True).start()
        Path(self.path).chmod(0o777)

    def close(self) -> None:
        for each in self._open:
            each.shutdown()
            each.server_close()


def _captive(folder: Path, picture: bytes, *wrapper: str, python: str) -> Iterator[Captive]:
    command = [*wrapper, python, "-m", "tests.support.captured_server", "tests.support.captured"]
    secret_key = folder / "secret-key"
    secret_key.write_text(secrets.token_hex(32))
    server = Server(folder, [*command, "serve", "--port", "{port}"], IM66_SECRET_KEY=secrets.token_hex(20))
    server.may_fork = False  # so that its environment is where an attacker looks for it
    server.prepare()
    listeners = _Listeners(folder)
    if wrapper:
        nobody.chown_to_nobody(folder)
    server.start()
    try:
        yield Captive(server, _targets(server, secret_key, listeners), picture)
    finally:
        server.stop()
        listeners.close()


def _targets(server: Server, secret_key: Path, listeners: _Listeners) -> Targets:
    return Targets(
        confined_by="",
        server=server.pid,
        address=_heap(server.pid),
        database=str(server.data_dir / "im66.sqlite3"),
        secret_key=str(secret_key),
        code=str(ROOT / "uploads" / "services.py"),
        port=listeners.port,
        unix_socket=listeners.path,
        abstract_socket=listeners.abstract,
    )


def _heap(pid: int) -> int:
    """Return an address in the process's heap, or an arbitrary one if it cannot be read."""
    try:
        mappings = Path(f"/proc/{pid}/maps").read_text().splitlines()
    except PermissionError:
        return 0x1000
    return next(int(line.partition("-")[0], 16) for line in mappings if line.endswith("[heap]"))


@pytest.fixture(scope="module")
def captive(tmp_path_factory: pytest.TempPathFactory, picture: bytes) -> Iterator[Captive]:
    """Run the server as the user of the tests."""
    yield from _captive(tmp_path_factory.mktemp("captive"), picture, python=sys.executable)


@pytest.fixture(scope="module")
def captive_of_nobody(picture: bytes) -> Iterator[Captive]:
    """Run the server as a user without any rights."""
    with tempfile.TemporaryDirectory(prefix="im66-nobody-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        python = nobody.python(folder)
        yield from _captive(folder, picture, *nobody.command(), python=python)


@pytest.fixture(scope="module")
def outcomes(captive: Captive) -> dict[str, str]:
    return captive.outcomes("everything")


@pytest.fixture(scope="module")
def outcomes_of_nobody(captive_of_nobody: Captive) -> dict[str, str]:
    return captive_of_nobody.outcomes("everything")


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_confined_child_is_refused_attempt(outcomes: dict[str, str], attempt: str) -> None:
    assert outcomes[attempt] in REFUSED


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_confined_child_of_unprivileged_server_is_refused_attempt(
    outcomes_of_nobody: dict[str, str], attempt: str
) -> None:
    assert outcomes_of_nobody[attempt] in REFUSED


def test_unconfined_child_succeeds_with_every_attempt(captive: Captive) -> None:
    if os.geteuid() != 0:
        unavailable("only root can do all of it")

    assert captive.outcomes("nothing") == dict.fromkeys(ATTEMPTS, DONE)


def test_unprivileged_server_memory_is_closed_to_unconfined_child(
    captive_of_nobody: Captive,
) -> None:
    outcomes = captive_of_nobody.outcomes("nothing")

    assert _refused(outcomes) >= SERVERS_MEMORY | FORK_SERVERS_MEMORY
    assert outcomes["run_a_shell"] == outcomes["read_the_database"] == DONE


def test_child_root_without_capabilities_cannot_read_server_memory(captive: Captive) -> None:
    if os.geteuid() != 0:
        unavailable("only root has capabilities to give up")

    assert _refused(captive.outcomes("no capabilities")) >= SERVERS_MEMORY | FORK_SERVERS_MEMORY


def test_landlock_alone_refuses_its_attempts(captive: Captive) -> None:
    refused = _refused(captive.outcomes("Landlock"))

    assert refused >= BY_LANDLOCK | BY_LATER_LANDLOCK


def test_first_landlock_abi_alone_refuses_its_attempts(captive: Captive) -> None:
    refused = _refused(captive.outcomes("the first Landlock"))

    assert refused >= BY_LANDLOCK
    assert not refused & BY_LATER_LANDLOCK


def test_seccomp_alone_refuses_its_attempts(captive: Captive) -> None:
    assert _refused(captive.outcomes("seccomp")) >= BY_SECCOMP


def test_confined_child_inherits_no_environment_or_files(captive: Captive) -> None:
    inherited = captive.attack("nothing")

    assert set(inherited["environment"]) <= {"PYTHONDONTWRITEBYTECODE", "LC_CTYPE"}
    # Input, output and errors.
    assert inherited["open files"] == [0, 1, 2]


def _refused(outcomes: dict[str, str]) -> set[str]:
    return {attempt for attempt, outcome in outcomes.items() if outcome in REFUSED}


def test_libraries_start_no_thread_before_landlock() -> None:
    code = (
        "from pathlib import Path\n"
        "from uploads.worker import mosaics, pictures, videos, voice\n"
        "print(len(list(Path('/proc/self/task').iterdir())))\n"
    )

    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
    )

    assert result.stdout == "1\n"


@pytest.mark.slow
async def test_source_file_on_another_disk_is_converted(tmp_path: Path, picture: bytes) -> None:
    with tempfile.NamedTemporaryFile(dir="/dev/shm") as elsewhere:
        if os.fstat(elsewhere.fileno()).st_dev == os.stat(tmp_path).st_dev:
            unavailable("needs two file systems")
        elsewhere.write(picture)
        elsewhere.flush()
        limits = conversion.limits(TaskKind.PICTURE)

        made = await conversion.convert(
            Task(TaskKind.PICTURE, Format.JPEG, elsewhere.name, str(tmp_path), limits)
        )

    assert (made.width, made.height) == (200, 100)
