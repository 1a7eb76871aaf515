"""A ZIP file, written sequentially. At any time, one part of it and the names of all parts are in memory."""

import zipfile
from contextlib import nullcontext, suppress
from datetime import datetime
from types import TracebackType
from typing import IO, Protocol, Self

_CHUNK = 1024 * 1024
# The permissions of unpacked files.
_FILE_MODE = 0o644 << 16


class Readable(Protocol):
    def read(self, size: int = ..., /) -> bytes: ...


class Archive:
    """Each name must be added once only, and must not contain any user's text."""

    def __init__(self, file: IO[bytes], made: datetime) -> None:
        self._zip = zipfile.ZipFile(file, "w")
        self._made = made

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Close it after an error as well: the garbage collector would close it after the file. The disk may
        # have no space for the ZIP's directory.
        with nullcontext() if error is None else suppress(OSError):
            self._zip.close()

    def __contains__(self, name: str) -> bool:
        try:
            self._zip.getinfo(name)
        except KeyError:
            return False
        return True

    def add(self, name: str, content: bytes) -> None:
        """Add a text, compressed. Raises OSError."""
        self._zip.writestr(self._head(name, zipfile.ZIP_DEFLATED), content)

    def copy(self, name: str, content: Readable) -> int:
        """Add a file of any size, not compressed. Return its size. Raises OSError."""
        size = 0
        head = self._head(name, zipfile.ZIP_STORED)
        # The size is not known yet, and may not fit a 32-bit header.
        with self._zip.open(head, "w", force_zip64=True) as part:
            while data := content.read(_CHUNK):
                size += part.write(data)
        return size

    def _head(self, name: str, packing: int) -> zipfile.ZipInfo:
        head = zipfile.ZipInfo(name, self._made.timetuple()[:6])
        head.compress_type, head.external_attr = packing, _FILE_MODE
        return head
