"""Computes quiet hours, in which a person gets no notifications. Pure."""

from datetime import UTC, datetime, timedelta, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo

DAY_MINUTES = 24 * 60


class Quiet(NamedTuple):
    """Quiet hours between these minutes of each day in the time zone. They may span midnight."""

    begin: int
    end: int
    zone: str


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return UTC  # the zone is no longer in the machine's database


def quiet_until(quiet: Quiet, now: float) -> float | None:
    """Return when the present quiet hours end; None if there are none now."""
    local = datetime.fromtimestamp(now, _zone(quiet.zone))
    minute = local.hour * 60 + local.minute
    if (minute - quiet.begin) % DAY_MINUTES >= (quiet.end - quiet.begin) % DAY_MINUTES:
        return None
    day = local if minute < quiet.end else local + timedelta(days=1)
    end = day.replace(hour=quiet.end // 60, minute=quiet.end % 60, second=0, microsecond=0, fold=0)
    # When clocks change, the hour may occur twice or not at all.
    return max(now + 1, end.astimezone(UTC).timestamp())
