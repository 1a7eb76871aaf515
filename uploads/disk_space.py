"""The free space of the disks, so that none fills up: copies of data end first, then uploads, then messages.

A thread watches it for what comes over the network. What writes a file by itself writes it as a
`ReservingFile`, or asks its `Quota`.
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
LOOK_SECONDS = 1.0
# Uploads, and what operators write, leave this many times the minimum for messages; and copies of their data
# that people ask for leave more, so that no upload is refused because of them.
FOR_UPLOADS, FOR_COPIES = 2, 3
# What is written to a file goes out in pieces of this size, each of which asks for the space.
_PIECE_BYTES = 1024 * 1024
# Uploads and messages are accepted again when a tenth more than the minimum is free. Otherwise the state
# would change again and again, and fill the log.
_MORE = 10


class NoSpace(OSError):
    """The file would take of the space that must stay free. `needed`: so many bytes it has at least."""

    def __init__(self, folder: Path, needed: int) -> None:
        super().__init__(errno.ENOSPC, "what IM66_MIN_FREE_MB keeps free would be used up", str(folder))
        self.needed = needed


class TooLarge(NoSpace):
    """The file alone is larger than all in its folder may be."""


class Quota(NamedTuple):
    """What the files of a folder may take: so many times the minimum stays free on its disk, if this server
    keeps anything else there, and all of them have at most `max_bytes`."""

    folder: Path
    times: int = FOR_UPLOADS
    max_bytes: int | None = None

    def require(self, size: int, written: int = 0) -> None:
        """Raises NoSpace if there is no space for so many bytes more of a file of which so many are
        written."""
        needed = written + size
        if self.max_bytes is not None and needed > self.max_bytes:
            raise TooLarge(self.folder, needed)
        if size > self.left:
            raise NoSpace(self.folder, needed)

    @property
    def left(self) -> int:
        """How many bytes may still be written; less than none if what must stay free is used already."""
        on_disk = free_bytes(self.folder) - self._reserve
        if self.max_bytes is None:
            return on_disk
        return min(on_disk, self.max_bytes - bytes_in(self.folder))

    @property
    def _reserve(self) -> int:
        ours = (settings.FILE_UPLOAD_TEMP_DIR, settings.IM66.data_dir)
        is_shared = os.stat(self.folder).st_dev in {os.stat(one).st_dev for one in ours}
        return self.times * int(settings.IM66.min_free_mb) * MEGABYTE if is_shared else 0


class ReservingFile(io.FileIO):
    """A file of which nothing is written that its quota has no space for: then it raises NoSpace."""

    def __init__(self, descriptor: int, quota: Quota) -> None:
        super().__init__(descriptor, "r+")
        self._quota = quota

    def write(self, data: Any) -> int:
        self._quota.require(len(data), self.tell())
        return super().write(data)


def reserving(descriptor: int, quota: Quota) -> IO[bytes]:
    """The open file, which is closed with what this returns. Each piece that is written asks the quota."""
    return io.BufferedRandom(ReservingFile(descriptor, quota), _PIECE_BYTES)


def bytes_in(folder: Path) -> int:
    """The total size of the files in the folder, without those that are removed meanwhile. Raises OSError."""
    total = 0
    for path in folder.iterdir():
        with suppress(FileNotFoundError):
            total += path.stat().st_size
    return total


def free_bytes(folder: Path) -> int:
    """What is free on the disk of the folder. Raises OSError."""
    state = os.statvfs(folder)
    return state.f_bavail * state.f_frsize


class DiskSpace:
    """The free space on the disk of a folder. `is_short` is as of the last look."""

    def __init__(self, folder: Path, least_bytes: int, what: str) -> None:
        self.is_short = False
        self._folder = folder
        self._least = least_bytes
        self._what = what

    def poll(self) -> None:
        """Look, and log a change. May block for as long as the disk takes to answer."""
        try:
            free = free_bytes(self._folder)
        except OSError as error:
            # The code that writes there will get the error.
            logger.debug("%s cannot be looked at: %s", self._folder, error)
            return
        if not self.is_short and free < self._least:
            self.is_short = True
            logger.error("Less than %d MB are free: %s are refused.", self._least // MEGABYTE, self._what)
        elif self.is_short and free >= self._least + self._least // _MORE:
            self.is_short = False
            logger.warning("There is room again: %s are taken.", self._what)


class Rooms:
    """The disks of this process. A thread looks at them regularly, so that no request waits for a disk.

    Only the first request for a disk looks at it itself.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rooms: dict[str, DiskSpace] = {}

    def get(self, what: str, folder: Path, times: int) -> DiskSpace:
        space = self._rooms.get(what)
        return space or self._open(what, folder, times)

    def _open(self, what: str, folder: Path, times: int) -> DiskSpace:
        with self._lock:
            if what not in self._rooms:
                least = times * settings.IM66.min_free_mb * MEGABYTE
                room = DiskSpace(folder, least, what)
                room.poll()
                self._rooms[what] = room
                if least:
                    # A daemon, because it holds nothing that would be lost.
                    threading.Thread(target=partial(_watch, room), name="im66-room", daemon=True).start()
            return self._rooms[what]


_rooms = Rooms()


def is_short_for_uploads() -> bool:
    """Whether uploads, and everything else that becomes a file, must be refused."""
    return _rooms.get("uploads", Path(settings.FILE_UPLOAD_TEMP_DIR), FOR_UPLOADS).is_short


def is_short_for_messages() -> bool:
    """Whether everything that makes the database grow must be refused. Always False for a database on another
    machine, whose disk is unknown."""
    if connection.vendor != "sqlite":
        return False
    return _rooms.get("messages", Path(connection.settings_dict["NAME"]).parent, 1).is_short


def _watch(room: DiskSpace) -> None:
    while True:
        time.sleep(LOOK_SECONDS)
        room.poll()
