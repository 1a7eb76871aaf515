"""The person's memberships of groups, the moderators' decisions about the person, as far as the person was
notified of them, and the person's reports."""

from collections.abc import Collection

from keeping.exporting import shapes
from keeping.exporting.portions import portions
from keeping.exporting.talks import name_of
from log.group_models import ANY_ID
from log.models import GroupMute, HeldMessage, Membership, Message
from log.rows import STANDING, AccountStatusChange, LogId, MembershipNotice, conversation_name
from log.stored_rows import ROW_FIELDS, as_row
from moderation.actions.acting import person_target
from moderation.models import AuditEntry, Complaint

# The decisions that the person is notified of, with the reason.
_NOTIFIED = ("person.mute", "person.unmute", "person.ban", "person.unban", "person.warn")
# The decisions about a person. Other actions in the audit log are about what moderators read and keep.
_ABOUT = (*_NOTIFIED, "person.recall", "person.restore", "person.disconnect", "undo")
EXPORTED = "person.export"


def account_status_of(userid: str) -> list[shapes.Standing]:
    """Return the changes of the person's account status, oldest first."""
    rows = Message.objects.filter(recipient=userid, kind=STANDING).order_by("id")
    changes = (as_row(*fields) for fields in rows.values_list(*ROW_FIELDS).iterator())
    return [_standing(row) for row in changes if isinstance(row, AccountStatusChange) and _is_notified(row)]


def mutes_of(userid: str) -> list[shapes.GroupMute]:
    """Return the groups in which the person is muted now."""
    mutes = GroupMute.objects.filter(user=userid).order_by("group")
    return [
        shapes.GroupMute(str(group), until, reason)
        for group, until, reason in mutes.values_list("group", "until", "reason")
    ]


def decisions_about(userid: str) -> list[shapes.Decision]:
    """Return the audit entries about the person, oldest first, without actor and address."""
    entries = AuditEntry.objects.filter(target=person_target(userid), action__in=(*_ABOUT, EXPORTED))
    rows = entries.order_by("pk").values_list("time", "action", "reason")
    return [
        shapes.Decision(time, action, reason if action in _NOTIFIED else "") for time, action, reason in rows
    ]


def reports_by(userid: str) -> list[shapes.Report]:
    """Return the reports that the person has filed, oldest first."""
    complaints = Complaint.objects.filter(reporter=userid).order_by("pk")
    fields = complaints.values_list("report__target", "category", "note", "at")
    return [shapes.Report(*values) for values in fields]


def held_of(userid: str) -> list[shapes.HeldRecord]:
    """Return the person's messages that are held for a moderator, oldest first."""
    waiting = HeldMessage.objects.filter(sender=userid, is_waiting=True).order_by("id")
    fields = waiting.values_list("recipient_id", "group_id", "content", "timet")
    return [
        shapes.HeldRecord(conversation_name(person if group is None else group), content, time)
        for person, group, content, time in fields
    ]


def _is_notified(row: AccountStatusChange) -> bool:
    change = row.change
    return change.muted is not None or change.banned is not None or change.warned


def _standing(row: AccountStatusChange) -> shapes.Standing:
    change = row.change
    return shapes.Standing(
        id=row.id,
        time=row.time,
        muted=change.muted,
        banned=change.banned,
        warned=change.warned,
        group="" if change.group is None else str(change.group),
        until=change.until,
        reason=change.reason,
    )


def periods_of(userid: str) -> list[shapes.Period]:
    """Return the person's memberships, oldest first. A group that the person has left has the name that it
    had at that time."""
    periods = Membership.objects.filter(user=userid).order_by("since_id")
    stays = list(periods.values_list("group_id", "role", "since_id", "until_id", "nickname"))
    rows = _rows_of({id_ for _, _, *ends, _ in stays for id_ in ends if id_ is not None})
    last = {group: ANY_ID if until is None else until for group, _, _, until, _ in stays}
    names = {group: name_of(group, end) for group, end in last.items()}

    def time_of(group: int, id_: LogId) -> int | None:
        row_group, time = rows.get(id_, (None, None))
        return time if row_group == group else None

    return [
        shapes.Period(
            str(group),
            names[group],
            role,
            time_of(group, since) or _founded_at(userid, group, since),
            time_of(group, until or 0),
            until is None,
            nickname,
        )
        for group, role, since, until, nickname in stays
    ]


def _rows_of(ids: Collection[LogId]) -> dict[LogId, tuple[int | None, int]]:
    """Return the group and the time of those rows that still exist."""
    rows: dict[LogId, tuple[int | None, int]] = {}
    for portion in portions(ids):
        values = Message.objects.filter(pk__in=portion).values_list("pk", "group", "timet")
        rows.update((id_, (group, time)) for id_, group, time in values)
    return rows


def _founded_at(userid: str, group: int, after: LogId) -> int | None:
    """Return when the group was founded with this person, or None if the log no longer has that notice. The
    membership of a founding member begins before the notice."""
    first = Message.objects.filter(group=group, id__gt=after).order_by("id").values_list(*ROW_FIELDS).first()
    notice = first and as_row(*first)
    return notice.time if isinstance(notice, MembershipNotice) and userid in notice.joined else None
