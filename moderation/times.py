"""Times as the desk shows and takes them: in its own time zone."""

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from django.conf import settings


def zone() -> tzinfo:
    """That of the desk."""
    name: str = settings.IM66.desk_time_zone
    return UTC if name == "UTC" else ZoneInfo(name)


def moment_of(time: datetime | int) -> datetime:
    """The time in that zone; seconds since 1970 are one as well."""
    return datetime.fromtimestamp(time, zone()) if isinstance(time, int) else time.astimezone(zone())


def format_time(time: datetime | int | None) -> str:
    """With its seconds, and how far the zone is from UTC. Empty for None."""
    if time is None:
        return ""
    at = moment_of(time)
    return f"{at:%Y-%m-%d %H:%M:%S} {_distance(at)}"


def zone_name() -> str:
    """What a field for a time is labelled with."""
    name: str = settings.IM66.desk_time_zone
    return name


def in_desk_zone(time: datetime) -> datetime:
    """The moment that somebody means who gives a time without a zone."""
    return time.replace(tzinfo=zone())


def _distance(at: datetime) -> str:
    # As UTC+08:00, because abbreviations mean several zones.
    return "UTC" if not at.utcoffset() else f"UTC{at.isoformat(timespec='seconds')[19:]}"
