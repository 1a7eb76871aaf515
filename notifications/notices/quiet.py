"""Quiet hours: when a person gets no notifications. Pure."""

from datetime import UTC, datetime, timedelta, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo

DAY_MINUTES = 24 * 60


class Quiet(NamedTuple):
    """Between these minutes of each day, there. They may have midnight between them."""

    begin: int
    end: int
    zone: str


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return UTC  # the machine no longer knows it


def quiet_until(quiet: Quiet, now: float) -> float | None:
    """When the quiet hours end that it is now; None if it is none of them."""
    there = datetime.fromtimestamp(now, _zone(quiet.zone))
    minute = there.hour * 60 + there.minute
    if (minute - quiet.begin) % DAY_MINUTES >= (quiet.end - quiet.begin) % DAY_MINUTES:
        return None
    day = there if minute < quiet.end else there + timedelta(days=1)
    end = day.replace(hour=quiet.end // 60, minute=quiet.end % 60, second=0, microsecond=0, fold=0)
    # Where clocks are set, an hour may be there twice, or not at all.
    return max(now + 1, end.astimezone(UTC).timestamp())
