"""Copies of a PostgreSQL database, made and restored by pg_dump and pg_restore."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import psycopg
from django.db import connection, transaction

from keeping.backups.archive import CHUNK
from keeping.backups.facts import Facts, ask, facts
from keeping.backups.files import new_file
from keeping.backups.progress import Advance
from keeping.errors import MaintenanceRefused

# Where Debian installs the client programs of each version.
_DEBIAN_FOLDERS = "usr/lib/postgresql/*/bin"
# The server of a restored installation may have other roles.
_OPTIONS = ["--no-owner", "--no-privileges", "--no-password"]


def size() -> int:
    """Return about how many bytes a copy takes at most."""
    return int(ask("SELECT pg_database_size(current_database())")[0][0])


def dump(target: Path, advance: Advance) -> Facts:
    """Copy the database to the file `target`. Only changes of the schema wait meanwhile. Raises
    MaintenanceRefused, OSError and DatabaseError."""
    program = _program("pg_dump")
    with _snapshot() as snapshot, new_file(target) as file:
        counted = facts(ask)
        command = [program, "--format=custom", f"--snapshot={snapshot}", *_OPTIONS]
        with _running(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:
            assert process.stdout
            while data := process.stdout.read(CHUNK):
                file.write(data)
                advance(len(data))
    return counted


def load(content: Iterable[bytes], backup: str) -> None:
    """Restore the copy into the empty database, in one transaction. Raises MaintenanceRefused."""
    command = [_program("pg_restore"), "--single-transaction", "--exit-on-error", *_OPTIONS]
    with (
        _running(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as process,
        suppress(BrokenPipeError),  # `_running` raises the program's error
    ):
        assert process.stdin
        for data in content:
            process.stdin.write(data)
    # A dump has no planner statistics, and without them the first searches are slow.
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


@contextmanager
def _snapshot() -> Iterator[str]:
    """Export a snapshot of the database, and yield its name. Other connections can use it in the block."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        # The dump of a large database takes long, and this connection is idle meanwhile.
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        cursor.execute("SELECT pg_export_snapshot()")
        yield str(cursor.fetchone()[0])


@contextmanager
def _running(command: list[str], *, stdin: int, stdout: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run the program, connected to the database. Raises MaintenanceRefused if it fails."""
    address, environment = _connection_info()
    with tempfile.TemporaryFile() as errors:
        with subprocess.Popen(
            [*command, f"--dbname={address}"], stdin=stdin, stdout=stdout, stderr=errors, env=environment
        ) as process:
            try:
                yield process
            except BaseException:
                process.kill()
                raise
        if process.returncode:
            raise MaintenanceRefused(f"{Path(command[0]).name} failed: {_error_line(errors)}.")


def _connection_info() -> tuple[str, dict[str, str]]:
    """Return the connection string, and an environment with the password, which must not be visible in the
    list of processes."""
    known = {default.keyword.decode() for default in psycopg.pq.Conninfo.get_defaults()}
    params = {
        name: value
        for name, value in connection.get_connection_params().items()
        if name in known and value is not None
    }
    password = params.pop("password", None)
    environment = dict(os.environ) | ({"PGPASSWORD": str(password)} if password else {})
    return psycopg.conninfo.make_conninfo(**params), environment


def _program(name: str) -> str:
    """Return the path of the newest such program on this machine. Raises MaintenanceRefused if there is none,
    or if it is too old for the server."""
    candidates = [path] if (path := shutil.which(name)) else []
    candidates += map(str, Path("/").glob(f"{_DEBIAN_FOLDERS}/{name}"))
    if not candidates:
        raise MaintenanceRefused(
            f"There is no {name} on this machine: install the client programs of PostgreSQL."
        )
    version, newest = max((_version(path), path) for path in candidates)
    server = int(ask("SHOW server_version_num")[0][0]) // 10_000
    if version < server:
        raise MaintenanceRefused(
            f"{name} is of version {version}, and the server of version {server}: "
            f"install the client programs of PostgreSQL {server} or later."
        )
    return newest


def _version(program: str) -> int:
    output = subprocess.run([program, "--version"], stdout=subprocess.PIPE, text=True, check=False).stdout
    match = re.search(r"\(PostgreSQL\) (\d+)", output)
    return int(match[1]) if match else 0


def _error_line(output: IO[bytes]) -> str:
    output.seek(0)
    lines = output.read().decode(errors="replace").split("\n")
    errors = [line for line in lines if "error:" in line] or [line for line in lines if line]
    return errors[0].partition("error: ")[2].rstrip(".") or errors[0] if errors else "it did not say why"
