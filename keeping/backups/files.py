"""Files that only their owner can read, and that are synced to the disk when a block ends. They respect the
quota of free disk space."""

import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from keeping.errors import MaintenanceRefused
from uploads.disk_space import Quota, reserving

OWNER_ONLY = 0o600


@contextmanager
def new_file(path: Path) -> Iterator[IO[bytes]]:
    """Create the file, instead of the one that an earlier attempt may have left."""
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    with reserving(descriptor, Quota(path.parent)) as file:
        yield file
        sync(file)


@contextmanager
def own_file(path: Path, quota: Quota | None = None) -> Iterator[IO[bytes]]:
    """Create and lock the file. Raises MaintenanceRefused if another process has locked it, or if it is
    another user's file, who could read it.

    The file of a killed process is reused, because its lock ended with the process.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, OWNER_ONLY)
    try:
        _require_own(descriptor, path)
    except MaintenanceRefused:
        os.close(descriptor)
        raise
    with reserving(descriptor, quota or Quota(path.parent)) as file:
        _lock(file, path)
        os.fchmod(descriptor, OWNER_ONLY)
        file.truncate()
        yield file


@contextmanager
def atomic_file(target: Path, quota: Quota | None = None) -> Iterator[IO[bytes]]:
    """Create a file that gets its name, synced to the disk, when the block ends. If the block fails, no file
    is left. Raises MaintenanceRefused if the file exists already."""
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
    """Raises MaintenanceRefused if a file of this name cannot be created."""
    if target.exists() or target.is_symlink():
        raise MaintenanceRefused("It is there already, and nothing is ever written over.")
    if not target.parent.is_dir():
        raise MaintenanceRefused(f"{target.parent} is not a folder.")


def lock(file: IO[bytes], name: str) -> None:
    """Lock the open file until it is closed. Raises MaintenanceRefused if another process has locked it."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise MaintenanceRefused(f"Another process is at work with {name}.") from error


def sync(file: IO[bytes]) -> None:
    """Write the file's data to the disk."""
    file.flush()
    os.fsync(file.fileno())


def sync_folder(path: Path) -> None:
    """Write the folder's entries to the disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _require_own(descriptor: int, path: Path) -> None:
    status = os.fstat(descriptor)
    is_only_link = stat.S_ISREG(status.st_mode) and status.st_nlink <= 1
    if not is_only_link or status.st_uid != os.geteuid():
        raise MaintenanceRefused(f"{path} is there, and is not a file of whoever runs this.")


def _lock(file: IO[bytes], path: Path) -> None:
    lock(file, str(path))
    # Between the opening and the locking, another process may have renamed the file and unlocked it.
    if not path.exists() or not os.path.samestat(path.stat(), os.fstat(file.fileno())):
        raise MaintenanceRefused(f"Another process is at work with {path}.")
