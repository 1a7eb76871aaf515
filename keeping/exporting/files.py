"""The stored files that a person's messages refer to."""

from typing import NamedTuple

from django.core.files.storage import default_storage

from chat.protocol.kinds import FILES
from keeping.exporting.archive import Archive
from log.rows import Entry
from uploads import names
from uploads.selectors import storage_name, stored_name

FOLDER = "files/"


class Attached(NamedTuple):
    """The paths of a file and of a video's poster in the archive; empty if the file is missing."""

    path: str
    poster: str = ""


class Files:
    """Copies files into an archive, each once."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self.count = self.bytes = 0

    def attach(self, entry: Entry) -> Attached | None:
        """Copy the file of the message. Return None if the message refers to no file of this server. Raises
        OSError."""
        name = stored_name(entry.content) if entry.kind in FILES else None
        if name is None:
            return None
        poster = self._copy_once(names.poster_name(name)) if name.endswith(".mp4") else ""
        return Attached(self._copy_once(name), poster)

    def picture(self, url: str) -> str:
        """Copy the picture with this URL. Return its path in the archive; empty if it is not a picture of
        this server. Raises OSError."""
        name = stored_name(url)
        return "" if name is None else self._copy_once(name)

    def _copy_once(self, name: str) -> str:
        path = FOLDER + name
        stored = path in self._archive or storage_name(name)
        return path if stored is True or (stored and self._copy(stored, path)) else ""

    def _copy(self, name: str, path: str) -> bool:
        try:
            stored = default_storage.open(name)
        except FileNotFoundError:
            return False
        with stored:
            self.bytes += self._archive.copy(path, stored)
        self.count += 1
        return True
