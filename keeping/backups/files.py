"""Files that are for their owner alone, and are on the disk when a block ends. They leave so much of it free
as must stay free."""

import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from keeping.errors import MaintenanceRefused
from uploads.disk_space import Quota, reserving

OWNER_ALONE = 0o600


@contextmanager
def new_file(path: Path) -> Iterator[IO[bytes]]:
    """The file, empty at first. What an earlier attempt left there is gone."""
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, OWNER_ALONE)
    with reserving(descriptor, Quota(path.parent)) as file:
        yield file
        sync(file)


@contextmanager
def own_file(path: Path, quota: Quota | None = None) -> Iterator[IO[bytes]]:
    """The same, for one process at a time, and within the quota. Raises MaintenanceRefused while another has
    it, and where somebody else has put something there, who could read it then.

    What a killed process left is taken, because its lock went with it.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, OWNER_ALONE)
    try:
        _require_own(descriptor, path)
    except MaintenanceRefused:
        os.close(descriptor)
        raise
    with reserving(descriptor, quota or Quota(path.parent)) as file:
        _lock(file, path)
        os.fchmod(descriptor, OWNER_ALONE)
        file.truncate()
        yield file


@contextmanager
def atomic_file(target: Path, quota: Quota | None = None) -> Iterator[IO[bytes]]:
    """A file that gets its name when the block ends, and is on the disk then; if the block fails, there is no
    such file. Raises MaintenanceRefused if it is there already."""
    _require_new(target)
    partial = target.with_name(target.name + ".partial")
    with own_file(partial, quota) as file:
        try:
            yield file
            sync(file)
            _require_new(target)
            partial.replace(target)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise
    sync_folder(target.parent)


def _require_new(target: Path) -> None:
    """Raises MaintenanceRefused unless a file of this name can be made."""
    if target.exists() or target.is_symlink():
        raise MaintenanceRefused("It is there already, and nothing is ever written over.")
    if not target.parent.is_dir():
        raise MaintenanceRefused(f"{target.parent} is not a folder.")


def hold(file: IO[bytes], name: str) -> None:
    """Keep other processes from holding the open file, until it is closed. Raises MaintenanceRefused if one
    does."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise MaintenanceRefused(f"Another process is at work with {name}.") from error


def sync(file: IO[bytes]) -> None:
    """Bring what was written onto the disk."""
    file.flush()
    os.fsync(file.fileno())


def sync_folder(path: Path) -> None:
    """Bring the names in the folder onto the disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _require_own(descriptor: int, path: Path) -> None:
    about = os.fstat(descriptor)
    is_alone = stat.S_ISREG(about.st_mode) and about.st_nlink <= 1
    if not is_alone or about.st_uid != os.geteuid():
        raise MaintenanceRefused(f"{path} is there, and is not a file of whoever runs this.")


def _lock(file: IO[bytes], path: Path) -> None:
    hold(file, str(path))
    # Its owner may have given the file its name, and let go of it, between the opening and the lock.
    if not path.exists() or not os.path.samestat(path.stat(), os.fstat(file.fileno())):
        raise MaintenanceRefused(f"Another process is at work with {path}.")
