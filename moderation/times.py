"""Shows and parses times in the desk's time zone."""

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from django.conf import settings


def desk_zone() -> tzinfo:
    """Return the desk's time zone."""
    name: str = settings.IM66.desk_time_zone
    return UTC if name == "UTC" else ZoneInfo(name)


def to_desk_zone(time: datetime | int) -> datetime:
    """Convert a time, or seconds since 1970, to the desk's time zone."""
    return (
        datetime.fromtimestamp(time, desk_zone()) if isinstance(time, int) else time.astimezone(desk_zone())
    )


def format_time(time: datetime | int | None) -> str:
    """Format a time with seconds and UTC offset. Return an empty text for None."""
    if time is None:
        return ""
    at = to_desk_zone(time)
    return f"{at:%Y-%m-%d %H:%M:%S} {_utc_offset(at)}"


def zone_name() -> str:
    """Return the name of the desk's time zone, for labels."""
    name: str = settings.IM66.desk_time_zone
    return name


def in_desk_zone(time: datetime) -> datetime:
    """Return the naive time as a time in the desk's time zone."""
    return time.replace(tzinfo=desk_zone())


def _utc_offset(at: datetime) -> str:
    # An offset such as UTC+08:00, because abbreviations are ambiguous.
    return "UTC" if not at.utcoffset() else f"UTC{at.isoformat(timespec='seconds')[19:]}"
