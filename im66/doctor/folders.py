"""Checks the disks and folders of the server, and whether the nightly backup ended and succeeded. A missing
backup is detected by the alert Im66BackupOld instead."""

import os
import stat
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext_noop

from im66.doctor.findings import Fault, Finding, Findings
from im66.privacy import DATABASE_SUFFIXES
from keeping.backups import latest
from uploads.disk_space import FOR_COPIES, FOR_UPLOADS, MEGABYTE, free_bytes

MIN_FREE_INODES = 10_000

SHORT = Fault(
    "disk.short",
    gettext_noop("%(free)d MB are free on the disk of %(folder)s: uploads are refused, and soon messages."),
    gettext_noop("Free some space there; uploads need %(needed)d MB (IM66_MIN_FREE_MB)."),
)
LOW = Fault(
    "disk.low",
    gettext_noop("%(free)d MB are free on the disk of %(folder)s."),
    gettext_noop("Free some space there: below %(needed)d MB, uploads are refused (IM66_MIN_FREE_MB)."),
    is_warning=True,
)
INODES = Fault(
    "disk.inodes",
    gettext_noop("The disk of %(folder)s has room for %(number)d more files."),
    gettext_noop("Remove small files there, or move the folder to a disk with more inodes."),
)
NOT_WRITABLE = Fault(
    "folders.not_writable",
    gettext_noop("%(path)s cannot be written to by the user with the number %(user)d."),
    gettext_noop("Run chown -R on it for the user of the server; root must not run its commands."),
)
OPEN_TO_ALL = Fault(
    "folders.open_to_all",
    gettext_noop("Everybody on this machine can read %(path)s."),
    gettext_noop("Run chmod o= on it."),
)
BACKUP_FAILED = Fault(
    "backups.failed",
    gettext_noop("The last nightly backup failed in one of its steps."),
    gettext_noop("journalctl -u im66-daily says which; systemctl start im66-daily tries again."),
)
BACKUP_UNFINISHED = Fault(
    "backups.unfinished",
    gettext_noop("A nightly backup began at %(time)s, and has not ended."),
    gettext_noop("It was killed or hangs: read journalctl -u im66-daily, and systemctl restart im66-daily."),
)
# Longer than any backup takes.
MAX_BACKUP_SECONDS = 6 * 3600


def check_disks() -> Findings:
    devices: dict[int, Path] = {}
    for folder in _folders():
        devices.setdefault(folder.stat().st_dev, folder)
    for folder in devices.values():
        yield from _check_disk(folder)


def check_permissions() -> Findings:
    for path in (*_folders(), *_database_files()):
        if not os.access(path, os.W_OK | (os.X_OK if path.is_dir() else 0)):
            yield NOT_WRITABLE.finding(path=path, user=os.geteuid())
    secrets = [settings.IM66.data_dir / name for name in ("secret-key", "token-secret")]
    for path in (*secrets, *_database_files()):
        if path.exists() and path.stat().st_mode & stat.S_IROTH and path.parent.stat().st_mode & stat.S_IXOTH:
            yield OPEN_TO_ALL.finding(path=path)


def check_backups() -> Findings:
    if latest.has_failed():
        yield BACKUP_FAILED.finding()
    began_at = latest.began_at()
    if began_at and time.time() - began_at > MAX_BACKUP_SECONDS:
        yield BACKUP_UNFINISHED.finding(time=datetime.fromtimestamp(began_at, UTC).isoformat(" ", "minutes"))


def _check_disk(folder: Path) -> Iterator[Finding]:
    state = os.statvfs(folder)
    if state.f_files and state.f_favail < MIN_FREE_INODES:
        yield INODES.finding(folder=folder, number=state.f_favail)
    free, reserve = free_bytes(folder) // MEGABYTE, settings.IM66.min_free_mb
    values = {"free": free, "folder": folder, "needed": FOR_UPLOADS * reserve}
    if free < FOR_UPLOADS * reserve:
        yield SHORT.finding(**values)
    elif free < 2 * FOR_COPIES * reserve:
        yield LOW.finding(**values)


def _folders() -> list[Path]:
    """Return the folders that the server writes to; for a missing folder, its nearest existing parent."""
    ours = [settings.IM66.data_dir, Path(settings.FILE_UPLOAD_TEMP_DIR)]
    if settings.IM66.media_storage == "local":
        ours.append(Path(settings.MEDIA_ROOT))
    existing = [
        next(path for path in (folder, *folder.resolve().parents) if path.exists()) for folder in ours
    ]
    return list(dict.fromkeys(existing))


def _database_files() -> list[Path]:
    if connection.vendor != "sqlite":
        return []
    files = [Path(f"{connection.settings_dict['NAME']}{suffix}") for suffix in DATABASE_SUFFIXES]
    return [file for file in files if file.exists()]
