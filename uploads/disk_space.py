"""Watches the free space of the disks, so that none fills up: uploads are refused first, then messages."""

import logging
import os
import threading
import time
from functools import partial
from pathlib import Path

from django.conf import settings
from django.db import connection

logger = logging.getLogger(__name__)

MEGABYTE = 1024 * 1024
LOOK_SECONDS = 1.0
# Uploads are refused when less than this many times the minimum for messages is free.
FOR_UPLOADS = 2
# Uploads and messages are accepted again when a tenth more than the minimum is free. Otherwise the state
# would change again and again, and fill the log.
_MORE = 10


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
            state = os.statvfs(self._folder)
        except OSError as error:
            # The code that writes there will get the error.
            logger.debug("%s cannot be looked at: %s", self._folder, error)
            return
        free = state.f_bavail * state.f_frsize
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
        found = self._rooms.get(what)
        return found or self._open(what, folder, times)

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
