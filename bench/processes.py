"""Runs a server under test in its own process, on the servers' core."""

import os
import resource
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from bench.pinning import on_core
from bench.sockets import HOST
from testkit.cpu import descendants

ROOT = Path(__file__).resolve().parents[1]
SERVER_CORE, LOAD_CORE = 0, 1
START_SECONDS = 60.0
STOP_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class ServerProcess:
    """A running server."""

    pid: int
    port: int

    @property
    def kilobytes(self) -> int:
        """Its resident memory in kilobytes."""
        if size := _kilobytes(self.pid):
            return size
        raise RuntimeError("The system does not tell how much memory a process holds.")

    @property
    def kilobytes_of_children(self) -> int:
        """The resident memory of its descendants in kilobytes."""
        return sum(map(_kilobytes, descendants(self.pid)))


def _kilobytes(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0  # the process has ended
    return next((int(line.split()[1]) for line in lines if line.startswith("VmRSS:")), 0)


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Return this process's environment, with no settings of im66 except the given ones."""
    foreign = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("IM66_", "DJANGO_")) and name not in ("DATABASE_URL", "REDIS_URL")
    }
    return {**foreign, **settings}


def call(command: Sequence[str], settings: Mapping[str, str], folder: Path = ROOT) -> str:
    """Run a command in the folder to its end. Return its output. Raises CalledProcessError."""
    done = run(command, environment(settings), 3600, folder)
    done.check_returncode()
    return done.stdout


def run(
    command: Sequence[str], environment: Mapping[str, str], timeout: float, folder: Path = ROOT
) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end. Return its exit status and output."""
    return subprocess.run(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True, timeout=timeout
    )


@contextmanager
def serving(
    command: Sequence[str],
    settings: Mapping[str, str],
    port: int,
    log: Path,
    core: int | None = SERVER_CORE,
    folder: Path = ROOT,
    user: int | None = None,
) -> Iterator[ServerProcess]:
    """Run a server that listens on `port`, in the folder as the user. It ends with the block."""
    with log.open("ab") as output, on_core(core):
        process = start(command, environment(settings), output, folder, user)
    try:
        _wait_until_listening(process, port, log)
        yield ServerProcess(process.pid, port)
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def start(
    command: Sequence[str], environment: Mapping[str, str], output: IO[bytes], folder: Path, user: int | None
) -> "subprocess.Popen[bytes]":
    """Start the command in the folder as the user."""
    return subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        user=user,
        group=user,
    )


def allow_many_sockets() -> None:
    """Raise the limit of open files as far as the system allows."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _wait_until_listening(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"A server did not start:\n{log.read_text()[-4000:]}")
