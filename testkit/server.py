"""A real server process, started as by an operator."""

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import IO, Any, Self

import psycopg

from testkit import cpu, loaded, nursery
from testkit.prepared import NAME, write_new_database, write_new_postgres
from testkit.services import free_port

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 60.0
STOP_SECONDS = 40.0
MANAGE_SECONDS = 600.0


APPLICATION = "im66.asgi:application"
SERVE = [sys.executable, "manage.py", "serve", "--port", "{port}"]
# ASGI servers that are not part of im66.
PLAIN_DAPHNE = [sys.executable, "-m", "daphne", "-p", "{port}", APPLICATION]
UVICORN = [sys.executable, "-m", "uvicorn", "--ws", "websockets-sansio", "--port", "{port}", APPLICATION]


# For tests that send more requests than people do.
WITHOUT_LIMITS = {
    f"IM66_LIMIT_{name}": "off" for name in ("CONNECTS", "LOGINS", "MESSAGES", "BYTES", "QUERIES", "REFUSALS")
}

# The secret key of processes that share a Redis, so that they can read each other's messages.
ONE_KEY = {"IM66_SECRET_KEY": "processes of one installation have it " * 2}

# On a busy machine, the default time limit for converting a file is too short.
LONG_MEDIA_TIMEOUT = {"IM66_MEDIA_SECONDS": "60"}


class Server:
    """`manage.py serve` on a free port, with its own data. It has its tables and serves inside the block.

    Settings are environment variables. `command` runs another server instead, with `{port}` for the port.
    `root` is the folder of the code, used from the next start on. If `may_fork`, its processes may be forked
    by `nursery`: their modules are imported in advance, and their environment is not visible in /proc.
    """

    may_fork = True

    def __init__(self, data_dir: Path, command: list[str] = SERVE, /, **settings: str) -> None:
        self.root = ROOT
        self._command = command
        self._is_other_server = command is not SERVE
        self.data_dir = data_dir
        self.log = data_dir / "server.log"
        inherited = {name: value for name, value in os.environ.items() if not _is_ours(name)}
        key = ONE_KEY if "REDIS_URL" in settings else {}
        self.environment = {
            **inherited,
            "IM66_DATA_DIR": str(data_dir),
            **LONG_MEDIA_TIMEOUT,
            **key,
            **settings,
        }
        self.port = free_port() if self._is_other_server else 0
        self._process: subprocess.Popen[bytes] | nursery.ForkedProcess | None = None

    def __enter__(self) -> Self:
        self.prepare()
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def prepare(self) -> None:
        """Create the tables."""
        url = self.environment.get("DATABASE_URL", "")
        if self._has_current_tables and url.startswith("postgres"):
            write_new_postgres(url, ROOT, self._migrate)
        elif self._has_current_tables and not url and not (self.data_dir / NAME).exists():
            write_new_database(self.data_dir, ROOT)
        else:
            self._migrate()

    @property
    def _has_current_tables(self) -> bool:
        """Whether it has the tables of this version of the code."""
        settings = self.environment.get(loaded.SETTINGS_VARIABLE, loaded.SETTINGS)
        return self.root == ROOT and loaded.has_im66_settings(settings)

    def _migrate(self) -> None:
        self.manage("migrate", "--verbosity", "0")

    def manage(self, *arguments: str) -> str:
        """Run a command of manage.py, and return its output. Raises subprocess.CalledProcessError."""
        done = self.attempt(*arguments)
        if done.returncode:
            sys.stderr.write(done.stderr)
        done.check_returncode()
        return done.stdout

    def attempt(self, *arguments: str, **settings: str) -> "subprocess.CompletedProcess[str]":
        """Run a command of manage.py, which may fail, with additional settings."""
        return self._run([sys.executable, "manage.py", *arguments], {**self.environment, **settings})

    def run_module(self, name: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run a module as a program, which may fail, with the settings and the database."""
        return self._run([sys.executable, "-m", name, *arguments], self.environment)

    def _run(self, command: list[str], environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
        if self._can_fork(command):
            return nursery.run(command, environment, MANAGE_SECONDS)
        return subprocess.run(
            command,
            cwd=self.root,
            env=environment,
            capture_output=True,
            text=True,
            timeout=MANAGE_SECONDS,
        )

    def run_python(self, code: str) -> str:
        """Run `code` in a process with the server's settings and database, and return its output."""
        return self.manage("shell", "-v0", "-c", code)

    def start(self) -> None:
        """Start the server, and return when it serves.

        A restart uses the same port, and waits until it is free, because a client may have got it meanwhile.
        """
        until = time.monotonic() + START_SECONDS if self._process else 0.0
        while True:
            try:
                return self._start()
            except AssertionError as failed:
                if "Address already in use" not in str(failed) or time.monotonic() > until:
                    raise
            time.sleep(0.5)

    def _start(self) -> None:
        with self.log.open("ab") as log:
            began = log.tell()
            self._process = self._start_process([part.format(port=self.port) for part in self._command], log)
        self.port = self._wait_until_serving(began)

    def _start_process(
        self, command: list[str], log: IO[bytes]
    ) -> "subprocess.Popen[bytes] | nursery.ForkedProcess":
        if self._can_fork(command):
            return nursery.fork(command, self.environment, log.fileno(), log.fileno())
        return subprocess.Popen(command, cwd=self.root, env=self.environment, stdout=log, stderr=log)

    def _can_fork(self, command: list[str]) -> bool:
        return self.may_fork and self.root == ROOT and nursery.can_fork(command, self.environment)

    @property
    def http(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def entry(self) -> str:
        return f"ws://127.0.0.1:{self.port}/entry"

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    def kill(self) -> None:
        """Kill the server process with SIGKILL."""
        assert self._process
        self._process.kill()
        self._process.wait()

    def signal(self, number: signal.Signals) -> None:
        assert self._process
        self._process.send_signal(number)

    def terminate(self) -> None:
        """Send SIGTERM. `exit_code` waits for the end."""
        self.signal(signal.SIGTERM)

    @property
    def exit_code(self) -> int:
        assert self._process
        return self._process.wait(STOP_SECONDS)

    def stop(self) -> None:
        """Stop the server if it is running."""
        if self._process and self._process.poll() is None:
            self.terminate()
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.kill()

    def memory(self) -> int:
        """Return its memory in bytes, without its children's."""
        assert self._process
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        match = re.search(r"^RssAnon:\s+(\d+) kB$", status, re.MULTILINE)
        assert match
        return int(match[1]) * 1024

    def processor_seconds(self) -> float:
        """Return its processor time so far."""
        return cpu.seconds(self.pid)

    def children_seconds(self) -> float:
        """Return the processor time of all its descendants, including ended ones."""
        return round(cpu.seconds_of_children(self.pid), 2)

    def stored(self, group: str = "") -> list[str]:
        """Return the contents of all messages, or of those in a group, in the order of the log."""
        condition = f"AND group_id = {int(group)}" if group else ""
        excluded = "kind NOT IN ('membership', 'group')"
        query = f"SELECT content FROM log_message WHERE {excluded} {condition} ORDER BY id"
        return [row[0] for row in self.query(query)]

    def query(self, sql: str) -> list[Any]:
        """Return the rows of a query."""
        url = self.environment.get("DATABASE_URL")
        if url:
            with psycopg.connect(url) as postgres:
                return postgres.execute(sql).fetchall()
        connection = sqlite3.connect(self.data_dir / "im66.sqlite3", timeout=20)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()

    def _wait_until_serving(self, began: int) -> int:
        assert self._process
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            output = self.log.read_bytes()[began:].decode()
            if match := re.search(r"Serving on http://[\d.]+:(\d+)/", output):
                return int(match[1])
            if self._is_other_server and _listens(self.port):
                return self.port
            time.sleep(0.05)
        raise AssertionError(f"The server did not start:\n{self.log.read_bytes()[began:].decode()}")


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _is_ours(name: str) -> bool:
    return name.startswith("IM66_") or name in {"DATABASE_URL", "REDIS_URL"}
