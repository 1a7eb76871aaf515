"""Notes of moderators on a report, for other moderators. Neither the person the report is about nor its
reporters can see them, even at the desk."""

from django.db import transaction

from moderation import audit
from moderation.actions.acting import report_target, require_reason
from moderation.models import AuditEntry, Complaint, Report, ReportNote
from moderation.models.reports import NOTE_LENGTH
from moderation.moderators import HANDLE_REPORTS, READ_DESK, Moderator
from moderation.reports import queue

# Older notes are not shown.
MAX_NOTES = 100
ACTION = "report.note"


def add_note(moderator: Moderator, report_id: int, text: str) -> AuditEntry:
    """Add a note. The audit log records that a note was added, not its text. Raises UnknownReport, NoReason
    for a text without a letter or a digit, and ProtectedPerson for people who may not see the notes."""
    target = report_target(report_id)
    moderator.require(HANDLE_REPORTS, ACTION, target)
    require_reason(text)
    report = queue.get_report(report_id)
    if _is_party(moderator, report):
        moderator.require_others([moderator.person], ACTION, target)
    with transaction.atomic():
        note = ReportNote.objects.create(report=report, author=moderator.name, text=text[:NOTE_LENGTH])
        return audit.record(moderator, ACTION, target, note=note.pk)


def visible_to(moderator: Moderator, report: Report) -> list[ReportNote] | None:
    """Return the last notes, oldest first; None if the moderator may not see them."""
    if READ_DESK not in moderator.may or _is_party(moderator, report):
        return None
    return list(ReportNote.objects.filter(report=report).order_by("-id")[:MAX_NOTES])[::-1]


def _is_party(moderator: Moderator, report: Report) -> bool:
    if report.about == moderator.person:
        return True
    return Complaint.objects.filter(report=report, reporter=moderator.person).exists()
