"""What the templates of the desk write."""

from datetime import datetime

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from moderation import times
from moderation.models.reports import OUTCOMES

register = template.Library()


@register.filter
def exact(time: datetime | int | None) -> SafeString | str:
    """The time with its seconds and its zone."""
    if time is None:
        return ""
    machine = times.moment_of(time).isoformat(timespec="seconds").replace("+00:00", "Z")
    return format_html('<time datetime="{}">{}</time>', machine, times.shown(time))


@register.simple_tag
def desk_outcome(name: str) -> str:
    """What came of a report, in words."""
    return gettext(dict(OUTCOMES)[name])


@register.simple_tag
def desk_zone() -> str:
    """The time zone in which times are given."""
    return times.zone_name()
