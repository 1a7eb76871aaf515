"""The media files. A file is complete when it gets its name, and never changes afterwards."""

import os
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from keeping.backups.archive import MEDIA, ArchiveWriter, Digest, ObservedReader, Part, chunks
from keeping.backups.files import OWNER_ONLY
from keeping.backups.progress import Advance
from keeping.errors import MaintenanceRefused
from uploads.disk_space import Quota, reserving


def elsewhere() -> str:
    """Return the storage of media that backups do not contain; empty if the media are in a folder."""
    return f"the bucket {settings.IM66.s3_bucket}" if settings.IM66.media_storage == "s3" else ""


def folder() -> Path:
    return Path(settings.MEDIA_ROOT)


def is_empty() -> bool:
    return not folder().exists() or not any(folder().iterdir())


def size() -> int:
    """Return the size of all media in bytes. Raises MaintenanceRefused."""
    return sum(os.path.getsize(path) for path in _files() if os.path.exists(path))


def add_all(writer: ArchiveWriter, advance: Advance) -> Digest:
    """Add each file to a backup, except files that are removed meanwhile. Raises MaintenanceRefused with the
    name of a file that cannot be read."""
    digest = Digest()
    for path in _files():
        try:
            _add(path, writer, digest, advance)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise MaintenanceRefused(f"{path} cannot be copied: {error.strerror or error}.") from error
    return digest


def restore_file(part: Part, advance: Advance) -> None:
    """Write the file of the part into the folder. Raises OSError and MaintenanceRefused."""
    path = folder() / part.name.removeprefix(MEDIA)
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, OWNER_ONLY)
    with reserving(descriptor, Quota(folder())) as file:
        for data in chunks(part):
            file.write(data)
            advance(len(data))
    path.chmod(settings.FILE_UPLOAD_PERMISSIONS)
    os.utime(path, (part.mtime, part.mtime))


def room_for(size: int) -> bool:
    """Whether the disk of the folder, which may not exist yet, has this many bytes left."""
    existing = next(path for path in (folder(), *folder().resolve().parents) if path.exists())
    return Quota(existing).left >= size


def _add(path: str, writer: ArchiveWriter, digest: Digest, advance: Advance) -> None:
    with open(path, "rb") as file:
        status = os.fstat(file.fileno())
        name = MEDIA + os.path.relpath(path, folder())
        digest.begin(name, status.st_size)
        content = ObservedReader(file, digest.update, lambda data: advance(len(data)))
        writer.add(Part(name, status.st_size, int(status.st_mtime), content))


def _files() -> Iterator[str]:
    """Yield the paths of all files, without a list of them in memory. Raises MaintenanceRefused."""
    folders = [str(folder())] if folder().exists() else []
    while folders:
        current = folders.pop()
        try:
            with os.scandir(current) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
                    elif entry.is_file():
                        yield entry.path
        except OSError as error:
            raise MaintenanceRefused(f"{current} cannot be read: {error.strerror}.") from error
