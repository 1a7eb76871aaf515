"""Filters for the templates of an export."""

from datetime import UTC, datetime

from django import template
from django.utils import timezone

from keeping.exporting import wording

register = template.Library()
register.filter("emotion", wording.emotion)


@register.filter
def moment(time: datetime | int | None) -> str:
    """Format a datetime or seconds since 1970 in the active time zone, to the second. Empty for None."""
    if time is None:
        return ""
    aware = datetime.fromtimestamp(time, UTC) if isinstance(time, int) else time
    return timezone.localtime(aware).strftime("%Y-%m-%d %H:%M:%S")
