"""When the last backup succeeded, and whether the last one failed, as figures. Apart from what makes backups,
which no server imports."""

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


def _read() -> Values:
    try:
        return {ALONE: _noted().stat().st_mtime}
    except OSError:
        return {}


def has_failed() -> bool:
    """deploy/daily-backup makes the file and removes it. Encryption and copies elsewhere are steps of it."""
    return (settings.IM66.data_dir / ".backup-failed").exists()


LATEST = Figure(
    MetricKind.GAUGE,
    "last_backup_timestamp_seconds",
    "When `im66 backup` last succeeded with this data folder.",
    _read,
)

FAILED = Figure(
    MetricKind.GAUGE,
    "backup_failed",
    "1: the last backup of deploy/daily-backup failed, or its encryption, or its copy elsewhere.",
    lambda: {ALONE: float(has_failed())},
)
