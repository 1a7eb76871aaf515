"""Keeps clients from filling the log: each line has a largest length, and each kind of line a largest number
in a minute. The others are counted.

A line's kind is the place in the code that logs it, with its level, since texts hold what clients send.
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
# Lines of level WARNING and above. Of lower levels there may be ten times as many.
MAX_LINES, INFO_TIMES = 60, 10

_Kind = tuple[str, int, str, int]


@dataclass(slots=True)
class _Counted:
    ends_at: float
    number: int = 0


class Bounded(logging.Filter):
    """A filter of handlers."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._lock = Lock()
        self._counted: dict[_Kind, _Counted] = {}

    def forget(self) -> None:
        """Count all lines from zero."""
        with self._lock:
            self._counted.clear()

    def filter(self, record: logging.LogRecord) -> bool:
        if record.pathname == __file__:
            return True
        number, left_out, most = self._count(record)
        if left_out:
            _log_number(record, "%d more lines like this one were left out: %%s", left_out)
        if number == most + 1:
            _log_number(
                record, "More than %d lines like this one in a minute, the others are left out: %%s", most
            )
        if number > most:
            return False
        # If a line cannot be written, its handler says so; an exception here would reach the code that logs.
        with suppress(Exception):
            _shorten(record)
        return True

    def _count(self, record: logging.LogRecord) -> tuple[int, int, int]:
        """How many lines of its kind there are in this minute with this one, how many of the last minute were
        left out if this one begins another, and the limit."""
        most = max(MAX_LINES, settings.IM66.logged_refusals)
        if record.levelno < logging.WARNING:
            most *= INFO_TIMES
        kind, now = (record.name, record.levelno, record.pathname, record.lineno), self._clock()
        with self._lock:
            counted = self._counted.setdefault(kind, _Counted(now + PERIOD_SECONDS))
            left_out = 0
            if now >= counted.ends_at:
                left_out = max(0, counted.number - most)
                counted.ends_at, counted.number = now + PERIOD_SECONDS, 0
            counted.number += 1
            return counted.number, left_out, most


def shared() -> Bounded:
    """The filter of this process."""
    return _shared


def shortened(text: str, most: int = MAX_MESSAGE_CHARACTERS) -> str:
    """The text, or its beginning and how much is missing."""
    return text if len(text) <= most else f"{text[:most]}… ({len(text) - most} more)"


def _shorten(record: logging.LogRecord) -> None:
    message = record.getMessage()
    if len(message) > MAX_MESSAGE_CHARACTERS:
        # Each argument by itself, so that something of each is seen.
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
