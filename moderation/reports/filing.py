"""Files reports: by people, about what they may read; and by rules."""

from collections.abc import Callable
from typing import NamedTuple

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.limits import limits
from accounts.selectors import people_of
from chat.reading import selectors
from log.models import Group, Membership
from log.reach import visible_to
from log.rows import Entry, LogId
from moderation.models import Complaint, Report
from moderation.models.reports import NOTE_LENGTH, RESOLVED
from moderation.reports import notifying, snapshots, targets
from moderation.reports.errors import OwnTarget, TargetNotFound
from moderation.reports.snapshots import Snapshot
from moderation.reports.targets import GROUP, MESSAGE, ReportTarget

# The category of reports by rules.
BY_RULE = "other"


class _Subject(NamedTuple):
    """What is reported. `about`: the person concerned; empty for a group. `snapshot()`: makes the
    snapshot."""

    target: ReportTarget
    about: str
    snapshot: Callable[[], Snapshot]


def file_report(reporter: str, target: str, category: str, note: str, address: str = "") -> Report:
    """Add the reporter's complaint to the open report of `target`, or open one. Return the report.

    A repeated complaint about an open report changes nothing. Raises TargetNotFound for what the reporter may
    not read, OwnTarget, and TooFast.
    """
    subject = _subject(reporter, target)
    if reporter == subject.about:
        raise OwnTarget(subject.target.kind)
    with limits.counted(limits.current().reports, address, reporter):
        return _file_complaint(
            subject, Complaint(reporter_id=reporter, category=category, note=note[:NOTE_LENGTH])
        )


def file_by_rule(rule_id: int, message_id: LogId) -> Report:
    """Report a message that a rule has flagged. Raises TargetNotFound."""
    entry = selectors.message(message_id)
    if entry is None:
        raise TargetNotFound(MESSAGE)
    subject = _subject_of_message(targets.message_target(message_id), entry, entry.sender)
    return _file_complaint(subject, Complaint(rule=rule_id, category=BY_RULE))


def unresolved_reports(target: str) -> QuerySet[Report]:
    """Return the unresolved report of `target`, at most one."""
    return Report.objects.filter(target=target).exclude(state=RESOLVED)


def _subject(reporter: str, text: str) -> _Subject:
    target = targets.parse(text)
    if target is None:
        raise TargetNotFound(text.partition(":")[0])
    if target.kind == MESSAGE:
        return _message_subject(reporter, target)
    if target.kind == GROUP:
        return _group_subject(reporter, target)
    if not people_of([target.id], visible_to(reporter)):
        raise TargetNotFound(target.kind)
    return _Subject(target, target.id, lambda: snapshots.person_snapshot(target.id, reporter))


def _message_subject(reporter: str, target: ReportTarget) -> _Subject:
    entry = selectors.readable_message(reporter, target.number)
    if entry is None:
        raise TargetNotFound(target.kind)
    return _subject_of_message(target, entry, reporter)


def _subject_of_message(target: ReportTarget, entry: Entry, reader: str) -> _Subject:
    return _Subject(target, entry.sender, lambda: snapshots.message_snapshot(entry, reader))


def _group_subject(reporter: str, target: ReportTarget) -> _Subject:
    """Raise TargetNotFound for people who were never members. The group may be dissolved."""
    if not Membership.objects.filter(user=reporter, group=target.number).exists():
        raise TargetNotFound(target.kind)
    group = Group.objects.get(pk=target.number)
    return _Subject(target, "", lambda: snapshots.group_snapshot(group))


def _file_complaint(subject: _Subject, complaint: Complaint) -> Report:
    # Made outside the transaction, because on SQLite other writers wait for it.
    is_new = not unresolved_reports(str(subject.target)).exists()
    snapshot = subject.snapshot() if is_new else None
    with transaction.atomic():
        report = _get_or_open(subject, complaint, snapshot)
        _add_complaint(report, complaint)
    return report


def _get_or_open(subject: _Subject, complaint: Complaint, snapshot: Snapshot | None) -> Report:
    """Return the unresolved report, locked."""
    target = str(subject.target)
    waiting = unresolved_reports(target).select_for_update().first()
    if waiting:
        return waiting
    try:
        with transaction.atomic():
            report = _open_report(
                subject, complaint.category, subject.snapshot() if snapshot is None else snapshot
            )
            notifying.notify_moderators(report, complaint.rule)
            return report
    except IntegrityError:
        # Another process has just opened the report.
        return unresolved_reports(target).select_for_update().get()


def _open_report(subject: _Subject, category: str, snapshot: Snapshot) -> Report:
    target = str(subject.target)
    earlier = Report.objects.filter(target=target).order_by("-id").first()
    return Report.objects.create(
        target=target, about=subject.about, category=category, snapshot=snapshot, earlier=earlier
    )


def _add_complaint(report: Report, complaint: Complaint) -> None:
    """Add the complaint, unless the same person or rule has complained already."""
    by = {"reporter": complaint.reporter_id} if complaint.rule is None else {"rule": complaint.rule}
    if report.complaints.filter(**by).exists():
        return
    complaint.report = report
    complaint.save()
    counts = report.categories
    counts[complaint.category] = counts.get(complaint.category, 0) + 1
    if counts[complaint.category] > counts.get(report.category, 0):
        report.category = complaint.category
    report.count += 1
    report.last_at = timezone.now()
    report.save(update_fields=["categories", "category", "count", "last_at"])
