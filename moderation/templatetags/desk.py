"""What the templates of the desk write."""

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
    """The time with its seconds and its zone."""
    if time is None:
        return ""
    machine = times.moment_of(time).isoformat(timespec="seconds").replace("+00:00", "Z")
    return format_html('<time datetime="{}">{}</time>', machine, times.format_time(time))


@register.filter
def kind_label(name: str) -> str:
    """What messages of the kind are called."""
    return kind_of(name).label(active_language()).lower()


@register.simple_tag
def desk_outcome(name: str) -> str:
    """What came of a report, in words."""
    return gettext(dict(OUTCOMES)[name])


@register.simple_tag
def desk_target(report: Report) -> str:
    """What was reported, without a query for its name."""
    titles = {PERSON: gettext("the person"), GROUP: gettext("the group"), MESSAGE: gettext("a message")}
    return titles[report.target[0]]


@register.simple_tag
def desk_zone() -> str:
    """The time zone in which times are given."""
    return times.zone_name()
