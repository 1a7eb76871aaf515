"""The metrics of a process that every installation has. Apps register more (accounts/figures.py)."""

import platform
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from django.conf import settings
from django.db import connection

import im66
from accounts import refusals
from accounts.figures import ALONE, Figure, Histogram, MetricKind, Values, by_label
from accounts.limits import limits
from accounts.limits.outage import OURS
from chat import consumers
from chat.delivery import runtime
from chat.delivery.connection.feed import Feed
from chat.delivery.runtime import Runtime
from chat.models import LogReader
from chat.readers.reader import registered
from im66.operating import certificate, draining, one_database
from im66.operating.hub_lag import lag_of
from log import positions
from log.drafts import Batch
from log.rows import CHANGES, Amendment, Entry
from uploads import places
from uploads.disk_space import free_bytes

_MICROSECOND = 1e-6
# The bounds of histograms as powers of two: from a quarter of a millisecond to 17 seconds.
_MIN_BITS, _MAX_BITS = 8, 24

_ROWS: dict[type, str] = {
    Entry: "message",
    Amendment: "amendment",
    **{change: kind for kind, change in CHANGES.items()},
}
# The rows that this process has appended to the log: their numbers by type, and the sizes of the batches.
_rows: defaultdict[type, int] = defaultdict(int)
_batches = Histogram()


def count_batch(batch: Batch, **_: Any) -> None:
    """Count a committed batch: a receiver of `batch_committed`."""
    rows = batch.rows
    _batches.count(len(rows))
    for row in rows:
        _rows[type(row)] += 1


def _build_info() -> Values:
    return {(im66.__version__, platform.python_version(), connection.vendor): 1}


def _appended_rows() -> Values:
    return by_label({name: _rows[type_] for type_, name in _ROWS.items()})


def _free_disk_bytes() -> Values:
    folders = {"data": settings.IM66.data_dir, "media": Path(settings.FILE_UPLOAD_TEMP_DIR)}
    return by_label({name: free_bytes(folder) for name, folder in folders.items()})


def _upload_outcomes() -> Values:
    return cast(Values, dict(places.outcomes))


def _reader_lags() -> Values:
    cursors = dict(LogReader.objects.values_list("name", "cursor"))
    last_id = positions.last_id()
    return by_label({reader.name: max(0, last_id - cursors.get(reader.name, 0)) for reader in registered()})


def _read_runtime(read: Callable[[Runtime], float | Histogram]) -> Callable[[], Values]:
    """Return a function that reads the value from the running loop's runtime; empty before its start."""

    def values() -> Values:
        run = runtime.running()
        return {} if run is None else {ALONE: read(run)}

    return values


def _feeds_behind(run: Runtime) -> int:
    feeds = Counter(feed.is_behind for feed in run.hub.receivers() if isinstance(feed, Feed))
    return feeds[True]


def _gauge(name: str, about: str, read: Callable[[], Values], *labels: str) -> Figure:
    return Figure(MetricKind.GAUGE, name, about, read, labels)


def _counter(name: str, about: str, read: Callable[[], Values], *labels: str) -> Figure:
    return Figure(MetricKind.COUNTER, name, about, read, labels)


def _runtime_gauge(name: str, about: str, read: Callable[[Runtime], float]) -> Figure:
    return Figure(MetricKind.GAUGE, name, about, _read_runtime(read))


def _seconds_histogram(name: str, about: str, read: Callable[[Runtime], Histogram]) -> Figure:
    return Figure(
        MetricKind.HISTOGRAM,
        name,
        about,
        _read_runtime(read),
        unit=_MICROSECOND,
        least=_MIN_BITS,
        most=_MAX_BITS,
    )


FIGURES = (
    _gauge("build_info", "The version that runs.", _build_info, "version", "python", "database"),
    _gauge("draining", "1: the process is about to end.", lambda: {ALONE: float(draining.is_on())}),
    _gauge(
        "connections",
        "Open sockets: legacy ones of the shipped apps, JSON of newer clients.",
        lambda: by_label(consumers.open_sockets),
        "dialect",
    ),
    _runtime_gauge(
        "sessions", "Sockets on which somebody is logged in.", lambda run: len(run.hub.receivers())
    ),
    _runtime_gauge("people_here", "People who are logged in on this process.", lambda run: run.hub.people),
    _runtime_gauge(
        "people_online", "People logged in on any process: all say the same.", lambda run: len(run.online)
    ),
    _counter("log_rows_total", "Rows that this process has appended to the log.", _appended_rows, "kind"),
    Figure(
        MetricKind.HISTOGRAM, "commit_rows", "Rows committed together.", lambda: {ALONE: _batches}, most=10
    ),
    _seconds_histogram(
        "commit_seconds", "How long a batch takes into the log.", lambda run: run.writer.batch_micros
    ),
    _runtime_gauge("writer_queue", "Messages that wait to be written.", lambda run: run.writer.queued_drafts),
    _runtime_gauge(
        "writer_queue_bytes", "Their memory: at 8 MB, senders wait.", lambda run: run.writer.pending_bytes
    ),
    _counter("refusals_total", "Commands refused.", lambda: by_label(refusals.counted), "reason"),
    _counter("limit_hits_total", "Refusals by limits.", lambda: by_label(limits.hits()), "limit"),
    _runtime_gauge(
        "hub_lag_rows", "Rows of the log that are not passed on yet.", lambda run: lag_of(run).rows
    ),
    _runtime_gauge("hub_lag_seconds", "For how long one has waited.", lambda run: lag_of(run).seconds),
    _runtime_gauge(
        "other_databases",
        "Other databases behind the same address, known through Redis: 0 is right.",
        lambda run: len(one_database.others_seen(run)),
    ),
    _runtime_gauge(
        "held_bytes", "Frames that wait for clients: at most 16 MB.", lambda run: run.memory_budget.used_bytes
    ),
    _runtime_gauge("feeds_behind", "Sockets that must read the log to go on.", _feeds_behind),
    _gauge("redis_away", "1: Redis does not answer this process.", lambda: {ALONE: float(OURS.is_on)}),
    _gauge("disk_free_bytes", "What is free on the disk of data and of media.", _free_disk_bytes, "folder"),
    certificate.FIGURE,
    _counter(
        "uploads_total", "Uploads; busy: no place became free in time.", _upload_outcomes, "kind", "outcome"
    ),
    _gauge(
        "uploads_waiting",
        "Files that wait to be converted; large: pictures and voice messages over 256 KB.",
        lambda: by_label(places.waiting_counts()),
        "kind",
    ),
    _seconds_histogram(
        "event_loop_delay_seconds", "How late the loop wakes.", lambda run: run.stalls.late_micros
    ),
    Figure(
        MetricKind.COUNTER,
        "stalls_total",
        "How often the process stood still for more than a second.",
        _read_runtime(lambda run: run.stalls.count()),
    ),
    Figure(
        MetricKind.GAUGE,
        "reader_lag_rows",
        "How many ids a reader of the log is behind its end. Every process says the same.",
        _reader_lags,
        ("reader",),
        asks_database=True,
    ),
)
