"""How moderators handle reports: claim, release, resolve. Each has an entry in the audit log.

Resolving performs the actions of the outcomes, by `moderation.actions`, all in one transaction. Reporters are
notified that the report was dealt with, but not what was done to whom. Like actions, nothing here may be
called in a transaction.
"""

from collections.abc import Collection, Sequence
from itertools import product
from typing import Any

from django.db import transaction
from django.utils import timezone

from chat.services.service_texts import in_both, send_text
from moderation import audit
from moderation.actions import groups, messages, people
from moderation.actions.acting import Action, person_target, report_target, require_reason
from moderation.actions.fields import UNTIL
from moderation.actions.people import PEOPLE
from moderation.errors import NotFound
from moderation.models import AuditEntry, Complaint, Report
from moderation.models.reports import (
    BAN,
    CLAIMED,
    DISMISS,
    DISSOLVE,
    MUTE,
    OPEN,
    RECALL,
    RESOLVED,
    WARN,
)
from moderation.moderators import HANDLE_REPORTS, Moderator
from moderation.reports import queue
from moderation.reports.errors import Conflict, MessageGone, UnfitOutcome, UnknownReport
from moderation.reports.targets import GROUP, MESSAGE, PERSON


def reporter_notice() -> str:
    return in_both(
        "Thank you for your report. The moderators have dealt with it.", "感谢你的举报，管理员已经处理完毕。"
    )


# Reporters notified in one transaction, during which other writers of the log wait.
MAX_NOTIFIED_AT_ONCE = 100
# The order in which outcomes are performed: first those about the message, last those that close sockets.
_ORDER = (DISMISS, RECALL, WARN, MUTE, BAN, DISSOLVE)


def possible_outcomes(report: Report) -> tuple[str, ...]:
    """Return the outcomes that are possible for the report's kind of target."""
    return (DISMISS, *_ACTIONS[report.target[0]])


def claim(moderator: Moderator, report_id: int) -> AuditEntry:
    """Claim the report for the moderator; repeating it changes nothing. Raises UnknownReport, and Conflict if
    another moderator has claimed it, or it is resolved."""
    _require_handling_permission(moderator, "report.claim", report_id)
    with transaction.atomic():
        report = _lock_report(report_id)
        if (report.state, report.claimed_by) != (CLAIMED, moderator.person):
            _require_state(report, OPEN)
            _assign(report, moderator.person)
        return audit.record(moderator, "report.claim", report_target(report_id))


def release(moderator: Moderator, report_id: int) -> AuditEntry:
    """Reopen a claimed report, also one claimed by another moderator. Raises UnknownReport and Conflict."""
    _require_handling_permission(moderator, "report.release", report_id)
    with transaction.atomic():
        report = _lock_report(report_id)
        _require_state(report, CLAIMED)
        had = report.claimed_by
        _assign(report, "")
        return audit.record(moderator, "report.release", report_target(report_id), claimed_by=had)


def resolve(
    moderator: Moderator,
    report_id: int,
    requested: str | Collection[str],
    reason: str,
    until: int | None = None,
) -> AuditEntry:
    """Perform one or several outcomes and resolve the report.

    `until`: end of a mute or ban, in seconds since 1970; None means for good. Returns the report's entry: its
    `log_id` is that of the first action, and its detail `entries` lists the entries of all actions, each of
    which can be undone separately.

    Raises UnknownReport, NoReason, UnfitOutcome, Conflict if another moderator has claimed or resolved it,
    MessageGone, and the errors of the actions. In each case, nothing has been done.
    """
    (entry,) = resolve_together(moderator, [report_id], requested, reason, until)
    return entry


def resolve_together(
    moderator: Moderator,
    report_ids: Sequence[int],
    requested: str | Collection[str],
    reason: str,
    until: int | None = None,
) -> list[AuditEntry]:
    """As `resolve`, for several reports about one person.

    What is done to the person is done once and counts as one strike; the person and each reporter get one
    message. Each report has an entry that lists the entries of the actions that concern it.
    """
    for report_id in report_ids:
        _require_handling_permission(moderator, "report.resolve", report_id)
    require_reason(reason)
    reports = [queue.get_report(report_id) for report_id in report_ids]
    chosen = _ordered_outcomes({requested} if isinstance(requested, str) else requested, reports)
    for report, outcome in product(reports, chosen):
        _require_outcome_permission(moderator, report, outcome)
    with transaction.atomic():
        entries = _resolve_locked(moderator, report_ids, chosen, reason, until)
        notified = _notify_reporters(report_ids, "")
    while notified:
        with transaction.atomic():
            notified = _notify_reporters(report_ids, notified)
    return entries


def grouped_by_person(
    moderator: Moderator, report_ids: Collection[int], requested: Collection[str] = ()
) -> list[list[int]]:
    """Group the ids into lists that `resolve_together` accepts: one list per person. Reports that it would
    reject are alone in a list, so that the others can be resolved."""
    reports = Report.objects.in_bulk(report_ids)
    portions: dict[object, list[int]] = {}
    for id_ in report_ids:
        report = reports.get(id_)
        is_alone = (
            report is None
            or not report.about
            or _is_taken_by_another(report, moderator)
            or not set(requested).issubset(possible_outcomes(report))
        )
        portions.setdefault(id_ if is_alone or report is None else report.about, []).append(id_)
    return list(portions.values())


def _ordered_outcomes(requested: Collection[str], reports: Sequence[Report]) -> list[str]:
    """Return the outcomes in the order in which they are performed, the gravest last. Raises UnfitOutcome."""
    fit = set.intersection(*(set(possible_outcomes(report)) for report in reports))
    chosen = [outcome for outcome in _ORDER if outcome in requested]
    is_idle = DISMISS in chosen
    if not chosen or not set(requested).issubset(fit) or (is_idle and len(chosen) > 1):
        raise UnfitOutcome
    return chosen


def _resolve_locked(
    moderator: Moderator, report_ids: Sequence[int], chosen: Sequence[str], reason: str, until: int | None
) -> list[AuditEntry]:
    reports = [_lock_report(report_id) for report_id in sorted(report_ids)]
    for report in reports:
        if _is_taken_by_another(report, moderator):
            raise _conflict(report)
    done = _perform_outcomes(moderator, reports, chosen, reason, until)
    entries = []
    for report in reports:
        report.state, report.outcome, report.reason = RESOLVED, chosen[-1], reason
        report.outcomes = list(chosen) if len(chosen) > 1 else None
        report.resolved_by, report.resolved_at = moderator.name, timezone.now()
        report.resolved_with = None if report is reports[0] else reports[0]
        report.save(update_fields=_RESOLUTION)
        entries.append(_record(moderator, report, done, reason, until))
    return entries


_RESOLUTION = ("state", "outcome", "outcomes", "reason", "resolved_by", "resolved_at", "resolved_with")


def _record(
    moderator: Moderator, report: Report, done: Collection[AuditEntry], reason: str, until: int | None
) -> AuditEntry:
    """Add the report's own entry. `done`: the entries of the actions."""
    details: dict[str, Any] = {
        "outcome": report.outcome,
        "reported": report.target,
        "about": report.about,
        "until": until,
    }
    own = [entry for entry in done if entry.target in (report.target, person_target(report.about))]
    if own:
        details["entries"] = [entry.pk for entry in own]  # each can be undone by its entry
    if report.outcomes:
        details["outcomes"] = report.outcomes
    log_id = next((entry.log_id for entry in own if entry.log_id), None)
    return audit.record(moderator, "report.resolve", report_target(report.pk), reason, log_id, **details)


def _is_taken_by_another(report: Report, moderator: Moderator) -> bool:
    """Return whether it is resolved, or claimed by another moderator."""
    return report.state == RESOLVED or (report.state == CLAIMED and report.claimed_by != moderator.person)


def _require_handling_permission(moderator: Moderator, action: str, report_id: int) -> None:
    target = report_target(report_id)
    moderator.require(HANDLE_REPORTS, action, target)
    about = Report.objects.filter(pk=report_id).values_list("about", flat=True).first()
    if about == moderator.person:
        moderator.require_others([about], action, target)


def _require_outcome_permission(moderator: Moderator, report: Report, outcome: str) -> None:
    """Check the outcome's permission and target before the transaction, which would roll back the record of a
    refusal."""
    action = _ACTIONS[report.target[0]].get(outcome)
    if action is None:
        return
    name, target = "report.resolve", report_target(report.pk)
    moderator.require(action.permission, name, target)
    # Moderators may recall their own messages.
    protected = {report.about} - ({moderator.person} if outcome == RECALL else set()) - {""}
    moderator.require_others(protected, name, target)


def _lock_report(report_id: int) -> Report:
    """Return the report, locked until the transaction ends. Raises UnknownReport."""
    report = Report.objects.select_for_update().filter(pk=report_id).first()
    if report is None:
        raise UnknownReport
    return report


def _require_state(report: Report, state: str) -> None:
    if report.state != state:
        raise _conflict(report)


def _assign(report: Report, moderator: str) -> None:
    report.state, report.claimed_by = (CLAIMED, moderator) if moderator else (OPEN, "")
    report.claimed_at = timezone.now() if moderator else None
    report.save(update_fields=["state", "claimed_by", "claimed_at"])


def _conflict(report: Report) -> Conflict:
    return Conflict(report.state, report.resolved_by if report.state == RESOLVED else report.claimed_by)


def _notify_reporters(report_ids: Collection[int], after: str) -> str:
    """Notify the next batch of reporters, ordered by userid, after `after`. Return the last one; empty at the
    end."""
    complaints = Complaint.objects.filter(report__in=report_ids, reporter__gt=after)
    reporters = list(
        complaints.order_by("reporter").values_list("reporter", flat=True).distinct()[:MAX_NOTIFIED_AT_ONCE]
    )
    for reporter in reporters:
        send_text(str(reporter), reporter_notice())
    return str(reporters[-1]) if len(reporters) == MAX_NOTIFIED_AT_ONCE else ""


def _perform_outcomes(
    moderator: Moderator,
    reports: Sequence[Report],
    chosen: Sequence[str],
    reason: str,
    until: int | None,
) -> list[AuditEntry]:
    """Perform the outcomes' actions once for all the reports. Return their entries."""
    first = reports[0]
    entries: list[AuditEntry] = []
    for action in [_ACTIONS[first.target[0]][outcome] for outcome in chosen if outcome != DISMISS]:
        values = {UNTIL.name: until} if UNTIL in action.fields else {}
        if action is messages.RECALL:
            entries += _recall(moderator, reports, reason)
        else:
            target = first.about if action in PEOPLE else int(first.target[2:])
            entries.append(action.act(moderator, target, reason=reason, **values))
    return entries


def _recall(moderator: Moderator, reports: Sequence[Report], reason: str) -> list[AuditEntry]:
    targets = [report.target for report in reports]
    try:
        entry = messages.recall(moderator, [int(target[2:]) for target in targets], reason)
    except NotFound:
        raise MessageGone from None
    entries = AuditEntry.objects.filter(pk__gte=entry.pk, action=entry.action, target__in=targets)
    return list(entries.order_by("pk"))


_PERSON_ACTIONS = {WARN: people.WARN, MUTE: people.MUTE, BAN: people.BAN}
# The action of each outcome, by kind of target.
_ACTIONS: dict[str, dict[str, Action]] = {
    PERSON: _PERSON_ACTIONS,
    MESSAGE: {RECALL: messages.RECALL, **_PERSON_ACTIONS},
    GROUP: {MUTE: groups.MUTE, DISSOLVE: groups.DISSOLVE},
}
