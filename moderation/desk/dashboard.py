"""The front page: current figures and the health of processes."""

import os
import shutil
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext

from chat.readers.reader import reader_lag
from groups.selectors import names_of
from log import positions
from moderation.counting import counters
from moderation.counting.counters import Counters
from moderation.counting.heartbeats import MISSING_AFTER, REMOVED_AFTER
from moderation.desk import chart
from moderation.desk.site import DeskPage, register, render_page
from moderation.models import Process
from moderation.moderators import READ_DESK, Moderator
from moderation.reports import queue

# Suffixes of SQLite's files: the database, its write-ahead log, its shared memory.
_SQLITE_SUFFIXES = ("", "-wal", "-shm")


class Disk(NamedTuple):
    """The disk that a folder is on. Sizes in bytes."""

    folder: str
    free: int
    total: int


def database_bytes() -> int:
    """Return the size of the database in bytes."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_database_size(current_database())")
            (size,) = cursor.fetchone()
        return int(size)
    files = [Path(f"{connection.settings_dict['NAME']}{end}") for end in _SQLITE_SUFFIXES]
    return sum(file.stat().st_size for file in files if file.exists())


def disks() -> list[Disk]:
    """Return the disks of the data folder and the media folder; one if they are the same."""
    by_device: dict[int, Disk] = {}
    for folder in (settings.IM66.data_dir, Path(settings.MEDIA_ROOT)):
        nearest = next(path for path in (folder, *folder.resolve().parents) if path.exists())
        usage = shutil.disk_usage(nearest)
        by_device.setdefault(os.stat(nearest).st_dev, Disk(str(folder), usage.free, usage.total))
    return list(by_device.values())


DAY_MINUTES = 24 * 60
MAX_BUSIEST_GROUPS = 10
# A process or a reader is behind if it has more unread rows of the log than this.
MAX_UNREAD_ROWS = 1000


class Health(NamedTuple):
    """A process at its last heartbeat. `wrong`: `missing`, `behind` or empty. `behind`: unread rows of the
    log."""

    process: Process
    behind: int
    wrong: str


class BusyGroup(NamedTuple):
    id: int
    name: str
    messages: int


def dashboard(request: HttpRequest, moderator: Moderator) -> HttpResponse:
    return render_page(request, "admin/desk/dashboard.html", gettext("Dashboard"), **_dashboard_context())


def live_part(request: HttpRequest, moderator: Moderator) -> HttpResponse:
    """Return the changing part of the page, for the script that refreshes it."""
    return render_page(request, "admin/desk/live.html", "", **_dashboard_context())


def _dashboard_context() -> dict[str, Any]:
    now = time.time()
    end = int(now) // 60 * 60
    minutes = counters.message_counts_by_minute(now, DAY_MINUTES)
    healths = _healths(
        Process.objects.filter(seen_at__gt=timezone.now() - REMOVED_AFTER).order_by("started_at")
    )
    present = [health.process for health in healths if health.wrong != "missing"]
    return {
        "now": int(now),
        "online": max((process.online for process in present), default=0),
        "connections": sum(process.connections for process in present),
        "last_minute": minutes[-1],
        "today": sum(minutes),
        "chart": chart.draw(minutes, end),
        "hours": chart.hourly_counts(minutes, end),
        "busiest": _busiest(now),
        "waiting": queue.open_reports(),
        "healths": healths,
        "readers": [(name, reader_lag(name)) for name in ("search", Counters.name)],
        "database_bytes": database_bytes(),
        "disks": disks(),
    }


def _healths(processes: Iterable[Process]) -> list[Health]:
    last = positions.last_id()
    return [_health(process, max(0, last - process.cursor)) for process in processes]


def _health(process: Process, behind: int) -> Health:
    if process.seen_at < timezone.now() - MISSING_AFTER:
        return Health(process, behind, "missing")
    return Health(process, behind, "behind" if behind > MAX_UNREAD_ROWS else "")


def _busiest(now: float) -> list[BusyGroup]:
    counts = counters.busiest_groups(now, MAX_BUSIEST_GROUPS)
    names = names_of([busy.group for busy in counts])
    return [BusyGroup(busy.group, names.get(busy.group, ("", ""))[0], busy.messages) for busy in counts]


register(DeskPage("", dashboard, "front", READ_DESK), DeskPage("live/", live_part, "live", READ_DESK))
