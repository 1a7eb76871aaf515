"""New databases with all tables. They are migrated once per version of the code, because that takes seconds,
and copied by all processes of this user."""

import fcntl
import hashlib
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

import psycopg

from testkit.services import pg_dump

# The name of the database in the data folder, unless DATABASE_URL is set.
NAME = "im66.sqlite3"
# Folders that migrations do not depend on.
_NOT_CODE = {"tests", "testkit", "bench", "docs", "var", "node_modules"}


def write_new_database(data_dir: Path, root: Path) -> None:
    """Write a new database into the data folder, readable only by its owner. `root` is the folder of the
    code."""
    data_dir.mkdir(parents=True, exist_ok=True)
    path = data_dir / NAME
    path.touch(mode=0o600, exist_ok=False)
    path.write_bytes(_new_database(root))


@cache
def _new_database(root: Path) -> bytes:
    with _cached_file("sqlite3", root) as file:
        if not file.exists():
            _write_atomically(file, _migrated_database(root))
        return file.read_bytes()


def _migrated_database(root: Path) -> bytes:
    with TemporaryDirectory() as folder:
        settings = {name: value for name, value in os.environ.items() if not name.startswith("IM66_")}
        settings.pop("DATABASE_URL", None)
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
            cwd=root,
            env={**settings, "IM66_DATA_DIR": folder},
            check=True,
        )
        return (Path(folder) / NAME).read_bytes()


@contextmanager
def tables_for_tests(path: Path, root: Path) -> Iterator[bool]:
    """Write the cached database to `path`, and yield whether there was one.

    If there was none, Django creates the database inside the block, and it is cached for other processes.
    """
    with _cached_file("tests", root) as file:
        if was_cached := file.exists():
            path.write_bytes(file.read_bytes())
        yield was_cached
        if not was_cached:
            with TemporaryDirectory() as folder:
                copy = Path(folder) / NAME
                with closing(sqlite3.connect(path)) as made, closing(sqlite3.connect(copy)) as target:
                    made.backup(target)
                _write_atomically(file, copy.read_bytes())


def write_new_postgres(url: str, root: Path, migrate: Callable[[], object]) -> None:
    """Create the tables in an empty database from a cached dump. Call `migrate` for any other database."""
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT EXISTS (SELECT FROM pg_tables WHERE schemaname = 'public')")
        is_empty, version = row.fetchone() == (False,), connection.info.server_version
    if not is_empty:
        migrate()
        return
    with _cached_file(f"postgres-{version}", root) as file:
        if not file.exists():
            migrate()
            if dumped := pg_dump(url, "--inserts", "--rows-per-insert=500"):
                # psql's own commands begin with a backslash.
                lines = (line for line in dumped.splitlines() if not line.startswith("\\"))
                _write_atomically(file, "\n".join(lines).encode())
            return
    with psycopg.connect(url) as connection:
        connection.execute(file.read_bytes())


@contextmanager
def _cached_file(name: str, root: Path) -> Iterator[Path]:
    """Lock the cached file of this name for this version of the code, and yield its path."""
    folder = Path(gettempdir()) / f"im66-prepared-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    assert folder.stat().st_uid == os.getuid()
    path = folder / f"{_version(root)}-{name}"
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield path


@cache
def _version(root: Path) -> str:
    """Return a hash of the code and of the locked libraries."""
    digest = hashlib.sha256(sys.version.encode())
    folders = (folder for folder in sorted(root.iterdir()) if folder.name not in _NOT_CODE)
    packages = (path for folder in folders if folder.name.isidentifier() for path in folder.rglob("*.py"))
    for path in (*sorted(packages), root / "requirements.lock"):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:32]


def _write_atomically(path: Path, content: bytes) -> None:
    """Write the file atomically."""
    temporary = path.with_suffix(".arriving")
    temporary.write_bytes(content)
    temporary.replace(path)
