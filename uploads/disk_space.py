"""Watches the free space of the disks. When space runs out, copies of data are refused first, then uploads,
then messages.

A thread polls the disks for requests from the network. Code that writes a file by itself opens it with
`reserving`, or checks its `Quota`.
"""

import errno
import io
import logging
import os
import threading
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import IO, Any, NamedTuple

from django.conf import settings
from django.db import connection

logger = logging.getLogger(__name__)

MEGABYTE = 1024 * 1024
POLL_SECONDS = 1.0
# Multiples of IM66_MIN_FREE_MB that must stay free. Uploads and files that operators write leave twice the
# minimum, so that messages can still be stored. Copies of data that users request leave three times the
# minimum, so that no upload is refused because of them.
FOR_UPLOADS, FOR_COPIES = 2, 3
# A `ReservingFile` is written in pieces of this size, and the quota is checked before each piece.
_PIECE_BYTES = 1024 * 1024
# Uploads and messages are accepted again when a tenth more than the minimum is free. Without this hysteresis
# the state would change again and again, and fill the log.
_HYSTERESIS_DIVISOR = 10


class NoSpace(OSError):
    """The file would use space that must stay free. `needed` is the file's minimum size in bytes."""

    def __init__(self, folder: Path, needed: int) -> None:
        super().__init__(errno.ENOSPC, "what IM66_MIN_FREE_MB keeps free would be used up", str(folder))
        self.needed = needed


class TooLarge(NoSpace):
    """The file alone is larger than the maximum for its whole folder."""


class Quota(NamedTuple):
    """The disk space that the files of a folder may use.

    `reserve_multiple` times IM66_MIN_FREE_MB must stay free on the folder's disk if this server has other
    data on the same disk. All files in the folder together may have at most `max_bytes`.
    """

    folder: Path
    reserve_multiple: int = FOR_UPLOADS
    max_bytes: int | None = None

    def require(self, size: int, written: int = 0) -> None:
        """Raise NoSpace if `size` more bytes do not fit, for a file that already has `written` bytes."""
        needed = written + size
        if self.max_bytes is not None and needed > self.max_bytes:
            raise TooLarge(self.folder, needed)
        if size > self.left:
            raise NoSpace(self.folder, needed)

    @property
    def left(self) -> int:
        """The number of bytes that may still be written; negative if the reserve is already in use."""
        on_disk = free_bytes(self.folder) - self._reserve
        if self.max_bytes is None:
            return on_disk
        return min(on_disk, self.max_bytes - bytes_in(self.folder))

    @property
    def _reserve(self) -> int:
        ours = (settings.FILE_UPLOAD_TEMP_DIR, settings.IM66.data_dir)
        is_shared = os.stat(self.folder).st_dev in {os.stat(folder).st_dev for folder in ours}
        return self.reserve_multiple * int(settings.IM66.min_free_mb) * MEGABYTE if is_shared else 0


class ReservingFile(io.FileIO):
    """A file that checks its quota before each write, and raises NoSpace without writing if it is
    exceeded."""

    def __init__(self, descriptor: int, quota: Quota) -> None:
        super().__init__(descriptor, "r+")
        self._quota = quota

    def write(self, data: Any) -> int:
        self._quota.require(len(data), self.tell())
        return super().write(data)


def reserving(descriptor: int, quota: Quota) -> IO[bytes]:
    """Return a buffered `ReservingFile` that takes over the descriptor and closes it."""
    return io.BufferedRandom(ReservingFile(descriptor, quota), _PIECE_BYTES)


def bytes_in(folder: Path) -> int:
    """Return the total size of the files in the folder. Files removed meanwhile are skipped. Raises
    OSError."""
    total = 0
    for path in folder.iterdir():
        with suppress(FileNotFoundError):
            total += path.stat().st_size
    return total


def free_bytes(folder: Path) -> int:
    """Return the number of free bytes on the folder's disk. Raises OSError."""
    state = os.statvfs(folder)
    return state.f_bavail * state.f_frsize


class DiskSpace:
    """Watches the free space on a folder's disk. `is_short` is the state at the last poll.

    `refused` names in the log what is refused while space is short.
    """

    def __init__(self, folder: Path, min_bytes: int, refused: str) -> None:
        self.is_short = False
        self._folder = folder
        self._minimum = min_bytes
        self._refused = refused

    def poll(self) -> None:
        """Update `is_short`, and log a change. May block for as long as the disk takes to answer."""
        try:
            free = free_bytes(self._folder)
        except OSError as error:
            # The code that writes there will get the error.
            logger.debug("%s cannot be looked at: %s", self._folder, error)
            return
        if not self.is_short and free < self._minimum:
            self.is_short = True
            logger.error(
                "Less than %d MB are free: %s are refused.", self._minimum // MEGABYTE, self._refused
            )
        elif self.is_short and free >= self._minimum + self._minimum // _HYSTERESIS_DIVISOR:
            self.is_short = False
            logger.warning("There is room again: %s are taken.", self._refused)


class WatchedDisks:
    """The disks that this process watches. A thread polls each of them, so that no request waits for a disk.

    Only the first request that needs a disk polls it itself.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._disks: dict[str, DiskSpace] = {}

    def get(self, refused: str, folder: Path, reserve_multiple: int) -> DiskSpace:
        space = self._disks.get(refused)
        return space or self._watch(refused, folder, reserve_multiple)

    def _watch(self, refused: str, folder: Path, reserve_multiple: int) -> DiskSpace:
        with self._lock:
            if refused not in self._disks:
                minimum = reserve_multiple * settings.IM66.min_free_mb * MEGABYTE
                space = DiskSpace(folder, minimum, refused)
                space.poll()
                self._disks[refused] = space
                if minimum:
                    # A daemon thread, because it holds no data that would be lost.
                    threading.Thread(
                        target=partial(_poll_forever, space), name="im66-room", daemon=True
                    ).start()
            return self._disks[refused]


_watched_disks = WatchedDisks()


def is_short_for_uploads() -> bool:
    """Return whether uploads, and all other requests that create files, must be refused."""
    return _watched_disks.get("uploads", Path(settings.FILE_UPLOAD_TEMP_DIR), FOR_UPLOADS).is_short


def is_short_for_messages() -> bool:
    """Return whether all requests that make the database grow must be refused.

    Always False for a database server, whose disk is unknown.
    """
    if connection.vendor != "sqlite":
        return False
    return _watched_disks.get("messages", Path(connection.settings_dict["NAME"]).parent, 1).is_short


def _poll_forever(space: DiskSpace) -> None:
    while True:
        time.sleep(POLL_SECONDS)
        space.poll()
