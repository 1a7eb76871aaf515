"""Renders the pages in the active language and time zone."""

from collections.abc import Sequence
from typing import Any

from django.template.loader import get_template
from django.utils import timezone
from django.utils.translation import get_language

from keeping.exporting.lines import TranscriptLine
from keeping.exporting.shapes import PersonRecord
from keeping.exporting.talks import Talk
from log.group_models import ROLES
from log.rows import conversation_name
from moderation.desk.audit_lines import TITLES
from moderation.models.reports import CATEGORIES

STYLE = "style.css"


def conversation(talk: Talk, number: int, lines: Sequence[TranscriptLine], *, is_last: bool) -> bytes:
    """Render a page of a conversation."""
    return _page(
        "conversation.html",
        "../../",
        talk=talk,
        address=conversation_name(talk.peer),
        number=number,
        lines=lines,
        is_last=is_last,
    )


def index(me: PersonRecord) -> bytes:
    """Render the start page, which links to the others."""
    latest = sorted(me.conversations, key=lambda conversation: conversation.last or 0, reverse=True)
    return _page(
        "index.html",
        "",
        me=me,
        conversations=latest,
        groups=[(dict(ROLES)[period.role], period) for period in me.groups],
        reports=[(dict(CATEGORIES)[report.category], report) for report in me.reports],
        decisions=[(TITLES.get(decision.action, decision.action), decision) for decision in me.audit],
    )


def style() -> bytes:
    return get_template("export/style.css").render().encode()


def _page(template: str, up: str, **context: Any) -> bytes:
    """`up`: the relative path from the page to the root of the archive."""
    about = {"up": up, "language": get_language(), "zone": timezone.get_current_timezone_name()}
    return get_template(f"export/{template}").render({**context, **about}).encode()
