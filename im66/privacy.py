"""A database in a file is read by its owner alone, as far as it is up to us."""

import os
import stat
from contextlib import suppress
from pathlib import Path

OWNER_ALONE = 0o600
# SQLite gives the files beside it the mode of the database.
BESIDE = ("", "-wal", "-shm", "-journal")
_MAGIC = b"SQLite format 3\0"


def keep_private(database: Path) -> None:
    """Make the file, for its owner alone, before SQLite makes it for everybody.

    A file that is there already and that everybody may read was left so by an earlier version: nobody else
    may, from now on. Where others are shut out already, whoever may read it besides its owner was chosen by
    somebody, for backups it may be: it stays as it is.
    """
    with suppress(OSError):  # whoever opens it says so
        os.close(os.open(database, os.O_CREAT, OWNER_ALONE))
        if not _is_database(database):
            return
    for suffix in BESIDE:
        path = database.with_name(database.name + suffix)
        with suppress(OSError):  # not there, or not ours to change
            if path.stat().st_mode & stat.S_IRWXO:
                path.chmod(OWNER_ALONE)


def _is_database(path: Path) -> bool:
    # A path that was mistyped may be anything's.
    with path.open("rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC
