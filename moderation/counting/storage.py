"""How large the database is, and what room there is."""

import os
import shutil
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.db import connection

# What SQLite keeps beside the file of a database.
_BESIDE = ("", "-wal", "-shm")


class Disk(NamedTuple):
    """The disk on which a folder is. Bytes."""

    folder: str
    free: int
    total: int


def database_bytes() -> int:
    """How large the database is."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_database_size(current_database())")
            (size,) = cursor.fetchone()
        return int(size)
    files = [Path(f"{connection.settings_dict['NAME']}{end}") for end in _BESIDE]
    return sum(file.stat().st_size for file in files if file.exists())


def disks() -> list[Disk]:
    """Those of data and of media, once if they are the same."""
    found: dict[int, Disk] = {}
    for folder in (settings.IM66.data_dir, Path(settings.MEDIA_ROOT)):
        nearest = next(path for path in (folder, *folder.resolve().parents) if path.exists())
        usage = shutil.disk_usage(nearest)
        found.setdefault(os.stat(nearest).st_dev, Disk(str(folder), usage.free, usage.total))
    return list(found.values())
