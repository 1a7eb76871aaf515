"""The received part of a file, on the disk of the media. The part's length is authoritative: an upload
resumes at the end of the part, whatever the database says.

Changing a part needs its lock. The kernel releases the lock when the process that holds it ends.
"""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, Protocol

from django.conf import settings

from accounts.codes import Failed, Name
from uploads.arriving import TURN_BYTES


class Gone(Failed):
    """The part no longer exists."""

    name = Name.NOT_FOUND
    text = "There is no such upload any more."


class DocumentBusy(Failed):
    """Another thread or process is changing the part."""

    status, retry = 423, 1
    text = "Another piece of this file is being stored."


class WrongOffset(Failed):
    """The part does not end at this offset."""

    text = "The file does not end at this offset."


class TooLong(Failed):
    """The file would be longer than announced."""

    name = Name.TOO_LONG
    text = "The file would be longer than was said."


class WrongChecksum(Failed):
    """The piece does not match its checksum. Nothing of it was kept."""

    name, status = Name.INVALID, 460
    text = "The checksum does not match."


class PartBody(Protocol):
    def read(self, size: int, /) -> bytes: ...


class Checksum(NamedTuple):
    algorithm: str
    digest: bytes


ALGORITHMS = ("sha1", "sha256")


def path_of(id_: str) -> Path:
    return Path(settings.FILE_UPLOAD_TEMP_DIR) / f"{id_}.part"


def begin(id_: str) -> None:
    path_of(id_).touch(mode=0o600, exist_ok=False)


def length(id_: str) -> int:
    """Return the length of the part in bytes. Raises Gone."""
    try:
        return path_of(id_).stat().st_size
    except FileNotFoundError:
        raise Gone from None


@contextmanager
def locked(id_: str) -> Iterator[int]:
    """Lock the part, and yield its open file descriptor. Raises Gone and DocumentBusy."""
    try:
        part = os.open(path_of(id_), os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        raise Gone from None
    try:
        try:
            fcntl.flock(part, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DocumentBusy from None
        if not os.fstat(part).st_nlink:
            raise Gone  # removed since it was opened
        yield part
    finally:
        os.close(part)


def append(part: int, body: PartBody, offset: int, size: int, checksum: Checksum | None) -> int:
    """Append the body to the part, sync it to the disk, and return the part's new end.

    The part must end at `offset`. `size` is the size of the whole file. Raises WrongOffset, TooLong,
    WrongChecksum and OSError; then the part is unchanged.
    """
    end = os.fstat(part).st_size
    if offset != end:
        raise WrongOffset
    try:
        for piece in _checked(body, checksum):
            if end + len(piece) > size:
                raise TooLong
            _write(part, piece, end)
            end += len(piece)
        os.fsync(part)
    except BaseException:
        os.ftruncate(part, offset)
        raise
    return end


def _checked(body: PartBody, checksum: Checksum | None) -> Iterator[bytes]:
    digest = hashlib.new(checksum.algorithm, usedforsecurity=False) if checksum else None
    while piece := body.read(TURN_BYTES):
        if digest:
            digest.update(piece)
        yield piece
    if digest and checksum and digest.digest() != checksum.digest:
        raise WrongChecksum


def _write(part: int, piece: bytes, offset: int) -> None:
    while piece:
        written = os.pwrite(part, piece, offset)
        piece, offset = piece[written:], offset + written


def remove(id_: str) -> None:
    path_of(id_).unlink(missing_ok=True)
