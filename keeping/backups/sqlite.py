"""Copies of a SQLite database, made while a server writes to it, and restored atomically."""

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from django.db import connection

from keeping import unfinished
from keeping.backups.facts import Facts, facts
from keeping.backups.files import own_file, sync, sync_folder
from keeping.backups.progress import Advance
from keeping.errors import MaintenanceRefused
from uploads.disk_space import Quota

# The number of pages copied at a time.
_PAGES = 256
TIMEOUT_SECONDS = 20.0
_IN_USE = "Somebody else uses the database: stop every server of im66, and run this again."


def size() -> int:
    """Return about how many bytes a copy takes."""
    path = _path()
    return sum(file.stat().st_size for file in (path, _with_suffix(path, "-wal")) if file.exists())


def dump(target: Path, advance: Advance) -> Facts:
    """Copy the database to the file `target`. Raises sqlite3.Error, OSError, and MaintenanceRefused if the
    database is damaged.

    The copy is a snapshot from the start of the call. Without the transaction, SQLite would restart the copy
    after each write. Writers do not wait.
    """
    with closing(_open(_path())) as source:
        source.execute("BEGIN")
        # The snapshot of the transaction is taken by its first read.
        source.execute("SELECT count(*) FROM sqlite_master").fetchone()
        _copy(source, target, advance)
        return facts(lambda statement: source.execute(statement).fetchall())


def _copy(source: sqlite3.Connection, target: Path, advance: Advance) -> None:
    with closing(_open(target)) as copy:
        page = int(source.execute("PRAGMA page_size").fetchone()[0])
        done, quota = 0, Quota(target.parent)

        def advance_to(_status: int, remaining: int, total: int) -> None:
            nonlocal done
            quota.require(min(remaining, _PAGES) * page)
            advance((total - remaining - done) * page)
            done = total - remaining

        source.backup(copy, pages=_PAGES, progress=advance_to)
        # The copy is one file, without a write-ahead log.
        copy.execute("PRAGMA journal_mode=DELETE")
        (verdict,) = copy.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise MaintenanceRefused(f"The database is damaged, and no backup was made: {verdict}.")


def load(content: Iterable[bytes], backup: str) -> None:
    """Atomically replace the database by the restored one, marked as the unfinished restore of this backup.
    Raises MaintenanceRefused while another process does the same, or uses the database."""
    path = _path()
    restored = _with_suffix(path, ".restoring")
    with own_file(restored) as file:
        for data in content:
            file.write(data)
        sync(file)
        with closing(_open(restored)) as copy, _synced_transaction(copy):
            for statement in unfinished.mark(backup):
                copy.execute(statement)
        connection.close()
        if _with_suffix(path, "-wal").exists():
            raise MaintenanceRefused(_IN_USE)
        restored.replace(path)
    sync_folder(path.parent)


@contextmanager
def _synced_transaction(copy: sqlite3.Connection) -> Iterator[None]:
    """Commit to the disk at the end of the block. After an exception the transaction stays open: the caller
    discards the copy."""
    copy.execute("PRAGMA synchronous=FULL")
    copy.execute("BEGIN")
    yield
    copy.execute("COMMIT")


def _path() -> Path:
    return Path(connection.settings_dict["NAME"])


def _with_suffix(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def _open(path: Path) -> sqlite3.Connection:
    # Absolute and quoted, because `file:` URIs give other meanings to relative paths and question marks.
    name = quote(os.path.abspath(path))
    return sqlite3.connect(f"file:{name}?mode=rw", uri=True, timeout=TIMEOUT_SECONDS, isolation_level=None)
