"""A backup's file: a tar of the manifest, the database, the media and the seal, in this order.

Any tar program can unpack it. The header of only one part is in memory at a time.
"""

import hashlib
import io
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, NamedTuple, Protocol

from keeping.errors import MaintenanceRefused

MANIFEST, DATABASE, SEAL = "manifest.json", "database", "seal.json"
# The prefix of the names of media files.
MEDIA = "media/"
CHUNK = 1024 * 1024
# Operating systems accept no later modification time.
_MAX_TIME_SECONDS = 2**33
_CUT_OFF = "It is damaged or cut off."


class Readable(Protocol):
    def read(self, size: int = ..., /) -> bytes: ...


class Part(NamedTuple):
    """One part of the archive. Its content must be read before the next part is requested."""

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


class ObservedReader:
    """Reads from a file, and passes each piece of data to the observers as well."""

    def __init__(self, file: Readable, *observers: Callable[[bytes], object]) -> None:
        self._file = file
        self._observers = observers

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        for observe in self._observers:
            observe(data)
        return data


class ArchiveWriter:
    """Writes parts into a file."""

    def __init__(self, file: IO[bytes]) -> None:
        self._tar = tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT)  # noqa: SIM115 - see close

    def add(self, part: Part) -> None:
        """Add a part. Raises OSError, also if the content is shorter than its size."""
        header = tarfile.TarInfo(part.name)
        header.size, header.mtime, header.mode = part.size, part.mtime, 0o600
        self._tar.addfile(header, part.content)
        _forget_headers(self._tar)

    def add_bytes(self, name: str, content: bytes, mtime: int) -> None:
        self.add(Part(name, len(content), mtime, io.BytesIO(content)))

    def close(self) -> None:
        self._tar.close()


def parts(file: IO[bytes]) -> Iterator[Part]:
    """Yield all parts in their order. Raises MaintenanceRefused if an ArchiveWriter has not written the
    file."""
    with _refusing(), tarfile.open(fileobj=file, mode="r:") as tar:
        while (header := tar.next()) is not None:
            content = tar.extractfile(header) if _is_regular(header) and _is_safe(header.name) else None
            if content is None:
                raise MaintenanceRefused(f"It is not a backup of im66: {header.name!r} is in it.")
            yield Part(header.name, header.size, int(header.mtime), content)
            _forget_headers(tar)


def chunks(part: Part) -> Iterator[bytes]:
    """Yield the part's content. Raises MaintenanceRefused if it is shorter than its size."""
    left = part.size
    with _refusing():
        while left:
            data = part.content.read(min(CHUNK, left))
            if not data:
                raise MaintenanceRefused(_CUT_OFF)
            left -= len(data)
            yield data


def content_of(part: Part) -> bytes:
    """Return the content of a small part. Raises MaintenanceRefused, without reading it, if it is large."""
    if part.size > CHUNK:
        raise MaintenanceRefused(f"It is not a backup of im66: {part.name} is too large.")
    return b"".join(chunks(part))


def _forget_headers(tar: tarfile.TarFile) -> None:
    """Free the headers of past parts, which tarfile keeps."""
    tar.members = []  # type: ignore[attr-defined]


def _is_regular(header: tarfile.TarInfo) -> bool:
    """Whether the part is a regular file. Sparse files are refused: a few bytes could unpack to terabytes."""
    is_file = header.type in (tarfile.REGTYPE, tarfile.AREGTYPE) and not header.issparse()
    return is_file and header.size >= 0 and abs(header.mtime) < _MAX_TIME_SECONDS


def _is_safe(name: str) -> bool:
    if name in (MANIFEST, DATABASE, SEAL):
        return True
    folders = name.split("/")
    return name.startswith(MEDIA) and not {"", ".", ".."}.intersection(folders) and "\0" not in name


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    # ValueError, OverflowError: the header has an invalid number.
    except (tarfile.TarError, EOFError, ValueError, OverflowError) as error:
        raise MaintenanceRefused(_CUT_OFF) from error
