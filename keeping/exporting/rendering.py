"""The pages, in the language and the zone that are active."""

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
    """A page of a conversation."""
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
    """The page that leads to the others."""
    latest = sorted(me.conversations, key=lambda one: one.last or 0, reverse=True)
    return _page(
        "index.html",
        "",
        me=me,
        conversations=latest,
        groups=[(dict(ROLES)[one.role], one) for one in me.groups],
        reports=[(dict(CATEGORIES)[one.category], one) for one in me.reports],
        decisions=[(TITLES.get(one.action, one.action), one) for one in me.audit],
    )


def style() -> bytes:
    return get_template("export/style.css").render().encode()


def _page(template: str, up: str, **context: Any) -> bytes:
    """`up`: from the page to the folder of the archive."""
    about = {"up": up, "language": get_language(), "zone": timezone.get_current_timezone_name()}
    return get_template(f"export/{template}").render({**context, **about}).encode()
