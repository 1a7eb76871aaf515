"""Metrics about the last backup: when it succeeded, and whether it failed or is still running. In a module of
its own, because a server does not import the modules that make backups."""

import logging
from pathlib import Path

from django.conf import settings

from accounts.figures import ALONE, Figure, MetricKind, Values

logger = logging.getLogger(__name__)


def record_success() -> None:
    """Record the time of a successful backup, in a file of its own: the backup may be moved elsewhere."""
    try:
        _marker_path().touch(mode=0o600)
    except OSError as error:
        logger.warning("The backup is whole, but %s cannot be written: %s", _marker_path(), error.strerror)


def _marker_path() -> Path:
    return settings.IM66.data_dir / ".last-backup"


# The script deploy/daily-backup, which also encrypts and copies backups, creates and removes the other files.


def has_failed() -> bool:
    return (settings.IM66.data_dir / ".backup-failed").exists()


def began_at() -> float | None:
    """Return the start time of a running backup; None if none is running."""
    return _modified_at(".backup-began")


def _modified_at(name: str) -> float | None:
    try:
        return float((settings.IM66.data_dir / name).stat().st_mtime)
    except OSError:
        return None


def _time_values(name: str) -> Values:
    return {} if (second := _modified_at(name)) is None else {ALONE: second}


LATEST = Figure(
    MetricKind.GAUGE,
    "last_backup_timestamp_seconds",
    "When `im66 backup` last succeeded with this data folder.",
    lambda: _time_values(".last-backup"),
)

BEGAN = Figure(
    MetricKind.GAUGE,
    "backup_began_timestamp_seconds",
    "When deploy/daily-backup began; missing if it has ended.",
    lambda: _time_values(".backup-began"),
)

COPIED = Figure(
    MetricKind.GAUGE,
    "last_backup_copy_timestamp_seconds",
    "When deploy/daily-backup last copied a backup elsewhere; missing where it is not to.",
    lambda: _time_values(".last-copy"),
)

FAILED = Figure(
    MetricKind.GAUGE,
    "backup_failed",
    "1: the last backup of deploy/daily-backup failed, or its encryption, or its copy elsewhere.",
    lambda: {ALONE: float(has_failed())},
)
