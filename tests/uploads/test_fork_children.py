"""The fork server forks a child for each file, with the libraries loaded and without data of other files."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

from testkit.recordings import halves, photo
from testkit.server import ROOT
from testkit.uploading import upload
from tests.conftest import MakeServer
from tests.support.hostile import many_passes
from tests.support.waiting import until
from tests.support.workers import workers
from uploads import conversion, fork_server
from uploads.fork_server import NoChild
from uploads.worker.fork_server import STARTED
from uploads.worker.sniffing import Format
from uploads.worker.tasks import ConversionResult, Task, TaskKind, UploadRejected

SMALL = ConversionResult("jpg", width=40, height=30)


@pytest.fixture
def another() -> Iterator[None]:
    """Use a separate fork server for the test."""
    fork_server._end()
    yield
    fork_server._end()


@pytest.fixture(scope="module")
def slow_file() -> bytes:
    """Return a file that takes seconds to open."""
    return many_passes()


pytestmark = pytest.mark.usefixtures("another")


def task(directory: Path, content: bytes = b"") -> Task:
    directory.mkdir(exist_ok=True)
    source = directory / "source"
    source.write_bytes(content or photo(halves((40, 30)), "JPEG"))
    return Task(
        TaskKind.PICTURE, Format.JPEG, str(source), str(directory), conversion.limits(TaskKind.PICTURE)
    )


async def a_child(slow: "asyncio.Task[ConversionResult]") -> tuple[int, int]:
    """Return the pids of the fork server and of a running child."""
    async with asyncio.timeout(20):
        while len(pids := workers(os.getpid())) < 2:
            assert not slow.done()
            await asyncio.sleep(0.01)
    return pids[0], pids[1]


async def test_fork_server_makes_all_children(tmp_path: Path) -> None:
    assert await conversion.convert(task(tmp_path / "one")) == SMALL
    (first,) = workers(os.getpid())
    assert await conversion.convert(task(tmp_path / "other")) == SMALL
    assert workers(os.getpid()) == [first]


async def test_children_convert_files_concurrently(tmp_path: Path, slow_file: bytes) -> None:
    slow = asyncio.create_task(conversion.convert(task(tmp_path / "slow", slow_file)))
    await a_child(slow)
    assert await conversion.convert(task(tmp_path / "quick")) == SMALL
    assert not slow.done()
    slow.cancel()
    with pytest.raises(asyncio.CancelledError):
        await slow
    assert len(workers(os.getpid())) == 1


async def test_threads_and_event_loops_share_the_fork_server(tmp_path: Path) -> None:
    made: list[ConversionResult] = []

    def convert(name: str) -> None:
        made.append(conversion.convert_in_thread(task(tmp_path / name)))

    threads = [Thread(target=convert, args=(name,)) for name in ("one", "two", "three", "four")]
    for thread in threads:
        thread.start()
    made.append(await conversion.convert(task(tmp_path / "here")))
    for thread in threads:
        await asyncio.to_thread(thread.join)
    assert made == [SMALL] * 5
    assert len(workers(os.getpid())) == 1


async def test_fork_server_survives_signal_to_process_group(tmp_path: Path) -> None:
    await conversion.convert(task(tmp_path / "one"))
    (server,) = workers(os.getpid())
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        os.kill(server, number)
        assert await conversion.convert(task(tmp_path / number.name)) == SMALL
        assert workers(os.getpid()) == [server]


async def test_killed_fork_server_ends_its_children_and_is_replaced(tmp_path: Path, slow_file: bytes) -> None:
    slow = asyncio.create_task(conversion.convert(task(tmp_path / "slow", slow_file)))
    server, child = await a_child(slow)
    # Until its birth is told: before that, another fork server would be asked for it.
    await asyncio.sleep(0.3)
    os.kill(server, signal.SIGKILL)
    with pytest.raises(UploadRejected) as refused:
        await slow
    assert refused.value.passing
    until(lambda: not Path(f"/proc/{child}").exists())
    assert await conversion.convert(task(tmp_path / "other")) == SMALL
    assert workers(os.getpid()) != [server]


async def test_stopped_fork_server_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await conversion.convert(task(tmp_path / "one"))
    (server,) = workers(os.getpid())
    monkeypatch.setattr(fork_server, "MAX_START_SECONDS", 0.2)
    os.kill(server, signal.SIGSTOP)
    with monkeypatch.context() as patched:
        patched.setattr(fork_server, "ATTEMPTS", 1)
        with pytest.raises(NoChild):
            await conversion.convert(task(tmp_path / "waits"))
    monkeypatch.setattr(fork_server, "MAX_START_SECONDS", 20.0)
    assert await conversion.convert(task(tmp_path / "other")) == SMALL
    assert server not in workers(os.getpid())


async def test_idle_fork_server_ends(
    tmp_path: Path, slow_file: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fork_server, "WORKER", "tests.support.brief_fork_server")
    for number in range(2):
        slow = asyncio.create_task(conversion.convert(task(tmp_path / f"{number}", slow_file)))
        server, child = await a_child(slow)
        await asyncio.sleep(0.3)
        assert workers(os.getpid()) == [server, child], "it was needed"
        slow.cancel()
        with pytest.raises(asyncio.CancelledError):
            await slow
        until(lambda: not workers(os.getpid()))


async def test_failed_fork_does_not_end_other_children(
    tmp_path: Path, slow_file: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fork_server, "WORKER", "tests.support.failing_fork_server")
    slow = asyncio.create_task(conversion.convert(task(tmp_path / "slow", slow_file)))
    pids = await a_child(slow)
    assert await conversion.convert(task(tmp_path / "after two attempts")) == SMALL
    with pytest.raises(NoChild):
        await conversion.convert(task(tmp_path / "three attempts are too few"))
    assert workers(os.getpid()) == list(pids)
    slow.cancel()
    with pytest.raises(asyncio.CancelledError):
        await slow


async def test_conversion_is_refused_without_a_child_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fork_server, "WORKER", "tests.support.nothing")
    with pytest.raises(NoChild):
        await conversion.convert(task(tmp_path))


@pytest.mark.slow
def test_fork_server_ends_with_killed_server(make_server: MakeServer, picture: bytes) -> None:
    server = make_server()
    assert upload(server, "/upload/writev2", picture).code == 0
    pids = workers(server.pid)
    assert pids
    server.kill()
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids))


@pytest.mark.slow
def test_fork_server_environment_has_no_secrets(make_server: MakeServer, picture: bytes) -> None:
    server = make_server(IM66_SECRET_KEY="not for children, not for children")
    assert upload(server, "/upload/writev2", picture).code == 0
    for pid in workers(server.pid):
        assert b"IM66" not in Path(f"/proc/{pid}/environ").read_bytes()


def test_child_ends_if_its_status_socket_closes_early(tmp_path: Path) -> None:
    asks, server_end = socket.socketpair()
    command = [sys.executable, "-m", "uploads.worker", str(server_end.fileno())]
    with asks, subprocess.Popen(command, cwd=ROOT, pass_fds=[server_end.fileno()]) as server:
        server_end.close()
        (channel, its_channel), (status, its_status) = socket.socketpair(), socket.socketpair()
        with channel, status:
            with its_channel, its_status:
                socket.send_fds(asks, [bytes([0])], [its_channel.fileno(), its_status.fileno()])
            assert status.recv(1) == STARTED
            status.shutdown(socket.SHUT_WR)
            assert status.recv(8) == b"-9"
        asks.close()
        began = time.monotonic()
        assert server.wait(20) == 0
        assert time.monotonic() - began < 20
