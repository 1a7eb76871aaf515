"""How much room is left on the disks, so that none fills up: uploads are refused first, then messages."""

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
# Uploads take so many times as much as messages must leave.
FOR_UPLOADS = 2
# There is room again when there is a tenth more, so that the log is not told of it again and again.
_MORE = 10


class Room:
    """What is free on the disk of a folder. `is_short` is as true as when it was last looked."""

    def __init__(self, folder: Path, least_bytes: int, what: str) -> None:
        self.is_short = False
        self._folder = folder
        self._least = least_bytes
        self._what = what

    def look(self) -> None:
        """Look, and say in the log what has changed. May take as long as the disk takes to answer."""
        try:
            state = os.statvfs(self._folder)
        except OSError as error:
            # Whoever writes there will find out.
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
    """Those of this process, looked at again and again by a thread, so that nobody waits for a disk.

    The first who asks for one looks himself.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rooms: dict[str, Room] = {}

    def get(self, what: str, folder: Path, times: int) -> Room:
        found = self._rooms.get(what)
        return found or self._open(what, folder, times)

    def _open(self, what: str, folder: Path, times: int) -> Room:
        with self._lock:
            if what not in self._rooms:
                least = times * settings.IM66.min_free_mb * MEGABYTE
                room = Room(folder, least, what)
                room.look()
                self._rooms[what] = room
                if least:
                    # A daemon: it holds nothing.
                    threading.Thread(target=partial(_watch, room), name="im66-room", daemon=True).start()
            return self._rooms[what]


_rooms = Rooms()


def is_short_for_uploads() -> bool:
    """Whether uploads, and whatever else becomes a file, are to be refused."""
    return _rooms.get("uploads", Path(settings.FILE_UPLOAD_TEMP_DIR), FOR_UPLOADS).is_short


def is_short_for_messages() -> bool:
    """Whether whatever makes the database grow is to be refused. Of a database elsewhere nothing is known."""
    if connection.vendor != "sqlite":
        return False
    return _rooms.get("messages", Path(connection.settings_dict["NAME"]).parent, 1).is_short


def _watch(room: Room) -> None:
    while True:
        time.sleep(LOOK_SECONDS)
        room.look()
