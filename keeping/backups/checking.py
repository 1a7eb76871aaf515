"""Verifies a backup: reads all of it, and compares it with its own manifest and seal."""

import hashlib
from collections.abc import Iterator
from typing import IO, NamedTuple

from keeping.backups.archive import DATABASE, MANIFEST, MEDIA, SEAL, Digest, Part, chunks, content_of, parts
from keeping.backups.manifest import FORMAT, Manifest, Seal, decode
from keeping.backups.progress import Advance
from keeping.errors import MaintenanceRefused

_DAMAGED = "It is damaged: {} is not what was written."


class Checked(NamedTuple):
    """A verified backup. `name`: its unique name."""

    manifest: Manifest
    seal: Seal
    name: str


def read_manifest(file: IO[bytes]) -> Manifest:
    """Return the backup's manifest, without verifying the backup. Raises MaintenanceRefused."""
    file.seek(0)
    return _manifest(_read_manifest_part(parts(file)))


def check(file: IO[bytes], advance: Advance) -> Checked:
    """Read and verify the whole backup. Raises MaintenanceRefused and OSError."""
    file.seek(0)
    parts_left = parts(file)
    raw = _read_manifest_part(parts_left)
    manifest = _manifest(raw)
    _check_database(_next_part(parts_left), manifest, advance)
    media = Digest()
    for part in parts_left:
        if part.name == SEAL:
            seal = content_of(part)
            _check_seal(decode(seal, Seal), raw, media)
            _require_end(parts_left)
            return Checked(manifest, decode(seal, Seal), hashlib.sha256(seal).hexdigest())
        _check_media_file(part, media, advance)
    raise MaintenanceRefused("It is cut off: its end is missing.")


def _next_part(parts_left: Iterator[Part]) -> Part:
    part = next(parts_left, None)
    if part is None:
        raise MaintenanceRefused("It is cut off, or not a backup of im66.")
    return part


def _read_manifest_part(parts_left: Iterator[Part]) -> bytes:
    part = _next_part(parts_left)
    if part.name != MANIFEST:
        raise MaintenanceRefused("It is not a backup of im66.")
    return content_of(part)


def _manifest(raw: bytes) -> Manifest:
    manifest = decode(raw, Manifest)
    if manifest.format != FORMAT:
        raise MaintenanceRefused(
            f"It was made by another version of im66, {manifest.version}, in another form."
        )
    return manifest


def _check_database(part: Part, manifest: Manifest, advance: Advance) -> None:
    digest = hashlib.sha256()
    for data in chunks(part):
        digest.update(data)
        advance(len(data))
    if (part.name, digest.hexdigest()) != (DATABASE, manifest.database_sha256):
        raise MaintenanceRefused(_DAMAGED.format("the database in it"))


def _require_end(parts_left: Iterator[Part]) -> None:
    """Raises MaintenanceRefused if another part follows, which no checksum covers."""
    if (part := next(parts_left, None)) is not None:
        raise MaintenanceRefused(_DAMAGED.format(f"{part.name} behind its end"))


def _check_media_file(part: Part, media: Digest, advance: Advance) -> None:
    if not part.name.startswith(MEDIA):
        raise MaintenanceRefused(_DAMAGED.format(f"a second {part.name}"))
    media.begin(part.name, part.size)
    for data in chunks(part):
        media.update(data)
        advance(len(data))


def _check_seal(seal: Seal, manifest: bytes, media: Digest) -> None:
    if seal.manifest_sha256 != hashlib.sha256(manifest).hexdigest():
        raise MaintenanceRefused(_DAMAGED.format("its manifest"))
    if (seal.media_files, seal.media_bytes, seal.media_sha256) != (media.files, media.bytes, media.hex()):
        raise MaintenanceRefused(_DAMAGED.format("what it has of the media"))
