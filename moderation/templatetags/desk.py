"""Filters and tags of the desk's templates."""

from datetime import datetime

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from chat.emotions import active_language
from chat.protocol.kinds import kind_of
from moderation import times
from moderation.models import Report
from moderation.models.reports import OUTCOMES
from moderation.reports.targets import GROUP, MESSAGE, PERSON

register = template.Library()


@register.filter
def exact(time: datetime | int | None) -> SafeString | str:
    """Return the time with seconds and zone, as an HTML element."""
    if time is None:
        return ""
    machine = times.to_desk_zone(time).isoformat(timespec="seconds").replace("+00:00", "Z")
    return format_html('<time datetime="{}">{}</time>', machine, times.format_time(time))


@register.filter
def kind_label(name: str) -> str:
    """Return the label of messages of this kind."""
    return kind_of(name).label(active_language()).lower()


@register.simple_tag
def desk_outcome(name: str) -> str:
    """Return the outcome of a report in words."""
    return gettext(dict(OUTCOMES)[name])


@register.simple_tag
def desk_target(report: Report) -> str:
    """Return what kind of target was reported, without a query for its name."""
    titles = {PERSON: gettext("the person"), GROUP: gettext("the group"), MESSAGE: gettext("a message")}
    return titles[report.target[0]]


@register.simple_tag
def desk_zone() -> str:
    """Return the name of the desk's time zone."""
    return times.zone_name()
