"""What the templates of the desk write."""

from datetime import datetime

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from moderation.desk import times

register = template.Library()


@register.filter
def exact(time: datetime | int | None) -> SafeString | str:
    """The time with its seconds and its zone."""
    text = times.shown(time)
    if not text:
        return ""
    return format_html('<time datetime="{}">{}</time>', text.replace(" UTC", "Z").replace(" ", "T"), text)
