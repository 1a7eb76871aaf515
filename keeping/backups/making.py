"""Makes a backup: first of the database and then of the media, so that it has the file of each message."""

import hashlib
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, NamedTuple

from keeping import unfinished
from keeping.backups import databases, latest, media
from keeping.backups.archive import DATABASE, MANIFEST, SEAL, ArchiveWriter, Digest, ObservedReader, Part
from keeping.backups.checking import Checked, check
from keeping.backups.facts import Facts
from keeping.backups.files import atomic_file, new_file
from keeping.backups.manifest import FORMAT, Manifest, Seal, encode
from keeping.backups.progress import Progress
from keeping.errors import MaintenanceRefused
from uploads.disk_space import Quota


def back_up(target: Path, version: str, progress: Progress) -> Checked:
    """Write a backup of this installation to the file `target`, which must not exist, and verify it.

    The file gets its name only when it is complete and synced. Raises MaintenanceRefused, OSError and the
    database's errors, and then leaves no file.
    """
    unfinished.require_complete()
    with atomic_file(target) as file:
        _require_room(target.parent)
        checked = _write(file, target.with_name(target.name + ".partial"), version, progress)
    latest.record_success()
    return checked


def verify(file: IO[bytes], size: int, progress: Progress) -> Checked:
    """Read and verify a backup of `size` bytes. Raises MaintenanceRefused and OSError."""
    with progress("verifying", size) as advance:
        return check(file, advance)


class _Dump(NamedTuple):
    path: Path
    size: int
    sha256: str
    facts: Facts


def _write(file: IO[bytes], partial: Path, version: str, progress: Progress) -> Checked:
    dump_path = partial.with_name(partial.name + "-database")
    try:
        with new_file(dump_path):
            pass
        manifest = _manifest(_dump(dump_path, progress), version)
        _write_parts(file, manifest, dump_path, progress)
    finally:
        for suffix in ("", "-journal", "-wal", "-shm"):
            dump_path.with_name(dump_path.name + suffix).unlink(missing_ok=True)
    return verify(file, file.tell(), progress)


def _dump(path: Path, progress: Progress) -> _Dump:
    driver = databases.driver()
    # pg_dump compresses, so the size of its output is unknown.
    total = driver.size() if databases.kind() == "sqlite" else None
    with progress("database", total) as advance:
        facts = driver.dump(path, advance)
    with path.open("rb") as file:
        return _Dump(path, path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest(), facts)


def _manifest(dump: _Dump, version: str) -> Manifest:
    return Manifest(
        format=FORMAT,
        version=version,
        made=datetime.now(UTC).isoformat(timespec="seconds"),
        database=databases.kind(),
        database_bytes=dump.size,
        database_sha256=dump.sha256,
        migrations=dump.facts.migrations,
        rows=dump.facts.rows,
        media_elsewhere=media.elsewhere(),
    )


def _write_parts(file: IO[bytes], manifest: Manifest, dump_path: Path, progress: Progress) -> None:
    writer, now = ArchiveWriter(file), int(time.time())
    raw = encode(manifest)
    writer.add_bytes(MANIFEST, raw, now)
    with progress("writing", manifest.database_bytes) as advance, dump_path.open("rb") as dump:
        content = ObservedReader(dump, lambda data: advance(len(data)))
        writer.add(Part(DATABASE, manifest.database_bytes, now, content))
    digest = Digest()
    if not manifest.media_elsewhere:
        with progress("media", media.size()) as advance:
            digest = media.add_all(writer, advance)
    seal = Seal(hashlib.sha256(raw).hexdigest(), digest.files, digest.bytes, digest.hex())
    writer.add_bytes(SEAL, encode(seal), now)
    writer.close()


def _require_room(folder: Path) -> None:
    # Twice the size of the database: it is dumped to a file first, and then copied.
    needed = 2 * databases.driver().size() + (0 if media.elsewhere() else media.size())
    left = Quota(folder).left
    if left < needed:
        raise MaintenanceRefused(
            f"There is not enough room in {folder}: {max(0, left) // 10**6} MB besides what IM66_MIN_FREE_MB "
            f"keeps free, and a backup may take {needed // 10**6} MB."
        )
