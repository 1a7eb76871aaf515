"""The file: a ZIP, written from its beginning to its end, with one part in memory at a time, and the names of
all of them."""

import zipfile
from contextlib import nullcontext, suppress
from datetime import datetime
from types import TracebackType
from typing import IO, Protocol, Self

_CHUNK = 1024 * 1024
# The permissions of unpacked files.
_MODE = 0o644 << 16


class Readable(Protocol):
    def read(self, size: int = ..., /) -> bytes: ...


class Archive:
    """Each name is written once. Names are chosen by the program: none has been anybody's text."""

    def __init__(self, file: IO[bytes], made: datetime) -> None:
        self._zip = zipfile.ZipFile(file, "w")
        self._made = made

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Also if something has failed: else it would be closed later, without the file. There may be no room
        # for its end.
        with nullcontext() if error is None else suppress(OSError):
            self._zip.close()

    def __contains__(self, name: str) -> bool:
        try:
            self._zip.getinfo(name)
        except KeyError:
            return False
        return True

    def add(self, name: str, content: bytes) -> None:
        """Add a text, which is packed. Raises OSError."""
        self._zip.writestr(self._head(name, zipfile.ZIP_DEFLATED), content)

    def copy(self, name: str, content: Readable) -> int:
        """Add a file of any size as it is. Returns its size. Raises OSError."""
        size = 0
        head = self._head(name, zipfile.ZIP_STORED)
        # Its size is not known yet, and may be beyond what a head of the old form can say.
        with self._zip.open(head, "w", force_zip64=True) as part:
            while data := content.read(_CHUNK):
                size += part.write(data)
        return size

    def _head(self, name: str, packing: int) -> zipfile.ZipInfo:
        head = zipfile.ZipInfo(name, self._made.timetuple()[:6])
        head.compress_type, head.external_attr = packing, _MODE
        return head
