"""When the last backup succeeded, and whether the last one failed or did not end, as figures. Apart from what
makes backups, which no server imports."""

import logging
from pathlib import Path

from django.conf import settings

from accounts.figures import ALONE, Figure, MetricKind, Values

logger = logging.getLogger(__name__)


def note() -> None:
    """A backup is whole. The file that was written may be moved away or removed later."""
    try:
        _noted().touch(mode=0o600)
    except OSError as error:
        logger.warning("The backup is whole, but %s cannot be written: %s", _noted(), error.strerror)


def _noted() -> Path:
    return settings.IM66.data_dir / ".last-backup"


# deploy/daily-backup makes these files and removes them. Encryption and copies elsewhere are steps of it.


def has_failed() -> bool:
    return (settings.IM66.data_dir / ".backup-failed").exists()


def began_at() -> float | None:
    """When the backup began that has not ended; None if there is none."""
    return _time_of(".backup-began")


def _time_of(name: str) -> float | None:
    try:
        return float((settings.IM66.data_dir / name).stat().st_mtime)
    except OSError:
        return None


def _read(name: str) -> Values:
    return {} if (second := _time_of(name)) is None else {ALONE: second}


LATEST = Figure(
    MetricKind.GAUGE,
    "last_backup_timestamp_seconds",
    "When `im66 backup` last succeeded with this data folder.",
    lambda: _read(".last-backup"),
)

BEGAN = Figure(
    MetricKind.GAUGE,
    "backup_began_timestamp_seconds",
    "When deploy/daily-backup began; missing if it has ended.",
    lambda: _read(".backup-began"),
)

COPIED = Figure(
    MetricKind.GAUGE,
    "last_backup_copy_timestamp_seconds",
    "When deploy/daily-backup last copied a backup elsewhere; missing where it is not to.",
    lambda: _read(".last-copy"),
)

FAILED = Figure(
    MetricKind.GAUGE,
    "backup_failed",
    "1: the last backup of deploy/daily-backup failed, or its encryption, or its copy elsewhere.",
    lambda: {ALONE: float(has_failed())},
)
