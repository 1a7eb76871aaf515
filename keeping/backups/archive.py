"""The file: a tar of the manifest, the database, the media and the seal, in this order.

Any tar can unpack it. However many media there are, only one part's head is in memory at a time.
"""

import hashlib
import io
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, NamedTuple, Protocol

from keeping.errors import MaintenanceRefused

MANIFEST, DATABASE, SEAL = "manifest.json", "database", "seal.json"
# What the names of media begin with.
MEDIA = "media/"
CHUNK = 1024 * 1024
# The system takes no later time for that of a file.
_MAX_TIME_SECONDS = 2**33
_CUT_OFF = "It is damaged or cut off."


class Readable(Protocol):
    def read(self, size: int = ..., /) -> bytes: ...


class Part(NamedTuple):
    """One part, whose content must be read before the next part is asked for."""

    name: str
    size: int
    mtime: int
    content: Readable


class Digest:
    """The SHA-256 of any number of files, with their names and sizes."""

    def __init__(self) -> None:
        self._sum = hashlib.sha256()
        self.files = 0
        self.bytes = 0

    def begin(self, name: str, size: int) -> None:
        self._sum.update(f"{name}\0{size}\0".encode("utf-8", "surrogateescape"))
        self.files += 1
        self.bytes += size

    def update(self, data: bytes) -> None:
        self._sum.update(data)

    def hex(self) -> str:
        return self._sum.hexdigest()


class Watched:
    """A file to read from, of whose content `see` gets each piece as it is read."""

    def __init__(self, file: Readable, *see: Callable[[bytes], object]) -> None:
        self._file = file
        self._see = see

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        for see in self._see:
            see(data)
        return data


class ArchiveWriter:
    """Writes parts into a file."""

    def __init__(self, file: IO[bytes]) -> None:
        self._tar = tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT)  # noqa: SIM115 - see close

    def add(self, part: Part) -> None:
        """Raises OSError, also where the content has ended before its size."""
        head = tarfile.TarInfo(part.name)
        head.size, head.mtime, head.mode = part.size, part.mtime, 0o600
        self._tar.addfile(head, part.content)
        _forget_heads(self._tar)

    def add_bytes(self, name: str, content: bytes, mtime: int) -> None:
        self.add(Part(name, len(content), mtime, io.BytesIO(content)))

    def close(self) -> None:
        self._tar.close()


def parts(file: IO[bytes]) -> Iterator[Part]:
    """All parts, in their order. Raises MaintenanceRefused where the file is not what a ArchiveWriter
    wrote."""
    with _refusing(), tarfile.open(fileobj=file, mode="r:") as tar:
        while (head := tar.next()) is not None:
            content = tar.extractfile(head) if _is_plain(head) and _is_safe(head.name) else None
            if content is None:
                raise MaintenanceRefused(f"It is not a backup of im66: {head.name!r} is in it.")
            yield Part(head.name, head.size, int(head.mtime), content)
            _forget_heads(tar)


def chunks(part: Part) -> Iterator[bytes]:
    """The part's content. Raises MaintenanceRefused if there is less of it than its size says."""
    left = part.size
    with _refusing():
        while left:
            data = part.content.read(min(CHUNK, left))
            if not data:
                raise MaintenanceRefused(_CUT_OFF)
            left -= len(data)
            yield data


def content_of(part: Part) -> bytes:
    """The content of a part that is small. Raises MaintenanceRefused if it is not, before it is in memory."""
    if part.size > CHUNK:
        raise MaintenanceRefused(f"It is not a backup of im66: {part.name} is too large.")
    return b"".join(chunks(part))


def _forget_heads(tar: tarfile.TarFile) -> None:
    """It keeps the heads of all parts, which nobody asks for."""
    tar.members = []  # type: ignore[attr-defined]


def _is_plain(head: tarfile.TarInfo) -> bool:
    """Whether it is a regular file, as ArchiveWriter writes them. A few bytes of a sparse one could be
    terabytes of zeros."""
    is_file = head.type in (tarfile.REGTYPE, tarfile.AREGTYPE) and not head.issparse()
    return is_file and head.size >= 0 and abs(head.mtime) < _MAX_TIME_SECONDS


def _is_safe(name: str) -> bool:
    if name in (MANIFEST, DATABASE, SEAL):
        return True
    folders = name.split("/")
    return name.startswith(MEDIA) and not {"", ".", ".."}.intersection(folders) and "\0" not in name


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    # Numbers in a head may be none.
    except (tarfile.TarError, EOFError, ValueError, OverflowError) as error:
        raise MaintenanceRefused(_CUT_OFF) from error
