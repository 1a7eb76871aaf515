"""Copies of a SQLite database, made while a server writes to it, and put in place at once."""

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

# Copied at a time.
_PAGES = 256
SECONDS = 20.0
_IN_USE = "Somebody else uses the database: stop every server of im66, and run this again."


def size() -> int:
    """About how many bytes a copy takes."""
    path = _path()
    return sum(file.stat().st_size for file in (path, _beside(path, "-wal")) if file.exists())


def dump(target: Path, advance: Advance) -> Facts:
    """Copy the database into the file `target`. Raises sqlite3.Error, OSError, and MaintenanceRefused if it
    is damaged.

    The copy is what the database was at the start. Without a transaction around it, SQLite would begin again
    with each message that is written meanwhile. Writers do not wait for it.
    """
    with closing(_open(_path())) as source:
        source.execute("BEGIN")
        # What the transaction sees is settled when it first reads.
        source.execute("SELECT count(*) FROM sqlite_master").fetchone()
        _copy(source, target, advance)
        return facts(lambda statement: source.execute(statement).fetchall())


def _copy(source: sqlite3.Connection, target: Path, advance: Advance) -> None:
    with closing(_open(target)) as copy:
        page = int(source.execute("PRAGMA page_size").fetchone()[0])
        done, quota = 0, Quota(target.parent)

        def show(_status: int, remaining: int, total: int) -> None:
            nonlocal done
            quota.require(min(remaining, _PAGES) * page)
            advance((total - remaining - done) * page)
            done = total - remaining

        source.backup(copy, pages=_PAGES, progress=show)
        # One file, without a write-ahead log.
        copy.execute("PRAGMA journal_mode=DELETE")
        (verdict,) = copy.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise MaintenanceRefused(f"The database is damaged, and no backup was made: {verdict}.")


def load(content: Iterable[bytes], backup: str) -> None:
    """Put the database in place of the one that is there, marked as the unfinished restore of this backup.
    After a power cut there is the one or the other. Raises MaintenanceRefused while another process does the
    same."""
    path = _path()
    arriving = _beside(path, ".restoring")
    with own_file(arriving) as file:
        for data in content:
            file.write(data)
        sync(file)
        with closing(_open(arriving)) as copy, _synced(copy):
            for statement in unfinished.mark(backup):
                copy.execute(statement)
        connection.close()
        if _beside(path, "-wal").exists():
            raise MaintenanceRefused(_IN_USE)
        arriving.replace(path)
    sync_folder(path.parent)


@contextmanager
def _synced(copy: sqlite3.Connection) -> Iterator[None]:
    copy.execute("PRAGMA synchronous=FULL")
    copy.execute("BEGIN")
    yield
    copy.execute("COMMIT")


def _path() -> Path:
    return Path(connection.settings_dict["NAME"])


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def _open(path: Path) -> sqlite3.Connection:
    # A name that is relative, or has a question mark in it, is an address's part otherwise.
    name = quote(os.path.abspath(path))
    return sqlite3.connect(f"file:{name}?mode=rw", uri=True, timeout=SECONDS, isolation_level=None)
