"""A log filter that keeps clients from filling the log: it limits the length of each line, and the number of
lines of each kind in a minute. Further lines are counted.

The kind of a line is its place in the code and its level, because the text may contain input of clients.
"""

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock
from time import monotonic
from traceback import format_exception

from django.conf import settings

MAX_MESSAGE_CHARACTERS, MAX_TRACEBACK_CHARACTERS = 1000, 16_000
PERIOD_SECONDS = 60.0
# The limit for lines of level WARNING and above, and its factor for lower levels.
MAX_LINES, INFO_FACTOR = 60, 10

_Kind = tuple[str, int, str, int]


@dataclass(slots=True)
class _Period:
    ends_at: float
    count: int = 0


class Bounded(logging.Filter):
    """A filter for handlers."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._lock = Lock()
        self._periods: dict[_Kind, _Period] = {}

    def forget(self) -> None:
        """Count all lines from zero."""
        with self._lock:
            self._periods.clear()

    def filter(self, record: logging.LogRecord) -> bool:
        if record.pathname == __file__:
            return True
        number, omitted, limit = self._count(record)
        if omitted:
            _log_number(record, "%d more lines like this one were left out: %%s", omitted)
        if number == limit + 1:
            _log_number(
                record, "More than %d lines like this one in a minute, the others are left out: %%s", limit
            )
        if number > limit:
            return False
        # An exception would be raised in the code that logs. The handler reports a line that fails.
        with suppress(Exception):
            _shorten(record)
        return True

    def _count(self, record: logging.LogRecord) -> tuple[int, int, int]:
        """Count the line. Return the number of lines of its kind in this minute, the number of lines that the
        minute before has omitted if this line begins a new one, and the limit."""
        limit = max(MAX_LINES, settings.IM66.logged_refusals)
        if record.levelno < logging.WARNING:
            limit *= INFO_FACTOR
        kind, now = (record.name, record.levelno, record.pathname, record.lineno), self._clock()
        with self._lock:
            period = self._periods.setdefault(kind, _Period(now + PERIOD_SECONDS))
            omitted = 0
            if now >= period.ends_at:
                omitted = max(0, period.count - limit)
                period.ends_at, period.count = now + PERIOD_SECONDS, 0
            period.count += 1
            return period.count, omitted, limit


def shared() -> Bounded:
    """Return the filter of this process."""
    return _shared


def shortened(text: str, max_length: int = MAX_MESSAGE_CHARACTERS) -> str:
    """Return the text; if it is too long, its beginning and the number of omitted characters."""
    return text if len(text) <= max_length else f"{text[:max_length]}… ({len(text) - max_length} more)"


def _shorten(record: logging.LogRecord) -> None:
    message = record.getMessage()
    if len(message) > MAX_MESSAGE_CHARACTERS:
        # Each argument by itself, so that the beginning of each is logged.
        if isinstance(record.args, tuple):
            share = MAX_MESSAGE_CHARACTERS // max(1, len(record.args))
            record.args = tuple(shortened(arg, share) if isinstance(arg, str) else arg for arg in record.args)
            message = record.getMessage()
        if len(message) > MAX_MESSAGE_CHARACTERS * 2:
            record.msg, record.args = shortened(message), None
    if record.exc_info and record.exc_info[0]:
        text = "".join(format_exception(*record.exc_info)).rstrip("\n")
        record.exc_text = shortened(text, MAX_TRACEBACK_CHARACTERS)


def _log_number(record: logging.LogRecord, text: str, number: int) -> None:
    like = shortened(str(record.msg), 100)
    logging.getLogger(record.name).log(record.levelno, text % number, like)  # noqa: G002


_shared = Bounded()
