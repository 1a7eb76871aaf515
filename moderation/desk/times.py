"""Times as the desk shows them: with their seconds and their zone."""

from datetime import UTC, datetime


def shown(time: datetime | int | None) -> str:
    """The time in UTC; seconds since 1970 are one as well. Empty for None."""
    if time is None:
        return ""
    at = datetime.fromtimestamp(time, UTC) if isinstance(time, int) else time.astimezone(UTC)
    return at.strftime("%Y-%m-%d %H:%M:%S UTC")
