"""A small disk for one test."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from testkit.availability import unavailable


@contextmanager
def small_disk(size: int) -> Iterator[Path]:
    """Mount a file system of `size` bytes, and yield its folder. Skips the test if it cannot be mounted."""
    if os.geteuid() != 0:
        unavailable("only root can mount a small file system")
    with tempfile.TemporaryDirectory(prefix="im66-disk-") as folder:
        command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder]
        if subprocess.run(command, check=False).returncode:
            unavailable("this machine does not let root mount a small file system")
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", folder], check=True)


def set_free_space(disk: Path, free: int) -> None:
    """Fill the disk, or free space on it, so that exactly `free` bytes are free."""
    with (disk / "filler").open("ab") as filler:
        state = os.statvfs(disk)
        size = filler.tell() + state.f_bavail * state.f_frsize - free
        filler.truncate(min(size, filler.tell()))
        os.posix_fallocate(filler.fileno(), 0, size)
