"""What the templates of an export need."""

from datetime import UTC, datetime

from django import template
from django.utils import timezone

from keeping.exporting import wording

register = template.Library()
register.filter("emotion", wording.emotion)


@register.filter
def moment(time: datetime | int | None) -> str:
    """The time to its second, in the zone that is active; seconds since 1970 are one as well. Empty for
    None."""
    if time is None:
        return ""
    at = datetime.fromtimestamp(time, UTC) if isinstance(time, int) else time
    return timezone.localtime(at).strftime("%Y-%m-%d %H:%M:%S")
