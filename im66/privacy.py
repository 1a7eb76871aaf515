"""Makes a database file readable by its owner only."""

import os
import stat
from contextlib import suppress
from pathlib import Path

OWNER_ALONE = 0o600
# The suffixes of the database's files, to which SQLite gives the same mode.
DATABASE_SUFFIXES = ("", "-wal", "-shm", "-journal")
_MAGIC = b"SQLite format 3\0"


def keep_private(database: Path) -> None:
    """Create the file with the owner's permissions only, before SQLite creates it for everybody.

    An existing file that everybody can read is restricted to its owner. Any other mode is kept: the operator
    has chosen it, perhaps for backups.
    """
    with suppress(OSError):  # opening the database reports the error
        os.close(os.open(database, os.O_CREAT, OWNER_ALONE))
        if not _is_database(database):
            return
    for suffix in DATABASE_SUFFIXES:
        path = database.with_name(database.name + suffix)
        with suppress(OSError):  # it does not exist, or this user may not change it
            if path.stat().st_mode & stat.S_IRWXO:
                path.chmod(OWNER_ALONE)


def _is_database(path: Path) -> bool:
    # A mistyped path may refer to any other file.
    with path.open("rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC
