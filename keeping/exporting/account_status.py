"""The groups that a person is or was in, and when; what moderators have decided about a person, as far as the
person was told; and what the person has reported to them."""

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

# Changes of which people get a message; and those whose reason they see.
_NOTIFIED = ("person.mute", "person.unmute", "person.ban", "person.unban", "person.warn")
# Other lines of the audit log are about what moderators read and keep: they are no decisions about a person.
_ABOUT = (*_NOTIFIED, "person.recall", "person.restore", "person.disconnect", "undo")
EXPORTED = "person.export"


def account_status_of(userid: str) -> list[shapes.Standing]:
    """Changes of the person's standing, oldest first."""
    rows = Message.objects.filter(recipient=userid, kind=STANDING).order_by("id")
    changes = (as_row(*fields) for fields in rows.values_list(*ROW_FIELDS).iterator())
    return [
        _standing(row) for row in changes if isinstance(row, AccountStatusChange) and _says_something(row)
    ]


def mutes_of(userid: str) -> list[shapes.GroupMute]:
    """Where the person may not write now."""
    mutes = GroupMute.objects.filter(user=userid).order_by("group")
    return [
        shapes.GroupMute(str(group), until, reason)
        for group, until, reason in mutes.values_list("group", "until", "reason")
    ]


def decisions_about(userid: str) -> list[shapes.Decision]:
    """The lines of the audit log about the person, oldest first, without who has acted and from where."""
    entries = AuditEntry.objects.filter(target=person_target(userid), action__in=(*_ABOUT, EXPORTED))
    rows = entries.order_by("pk").values_list("time", "action", "reason")
    return [
        shapes.Decision(time, action, reason if action in _NOTIFIED else "") for time, action, reason in rows
    ]


def reports_by(userid: str) -> list[shapes.Report]:
    """What the person has reported, oldest first."""
    complaints = Complaint.objects.filter(reporter=userid).order_by("pk")
    fields = complaints.values_list("report__target", "category", "note", "at")
    return [shapes.Report(*values) for values in fields]


def held_of(userid: str) -> list[shapes.HeldRecord]:
    """The person's texts that wait for a moderator, oldest first."""
    waiting = HeldMessage.objects.filter(sender=userid, is_waiting=True).order_by("id")
    fields = waiting.values_list("recipient_id", "group_id", "content", "timet")
    return [
        shapes.HeldRecord(conversation_name(person if group is None else group), content, time)
        for person, group, content, time in fields
    ]


def _says_something(row: AccountStatusChange) -> bool:
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
    """All of them, oldest first. A group is called what it was when the person left it last."""
    periods = Membership.objects.filter(user=userid).order_by("since_id")
    stays = list(periods.values_list("group_id", "role", "since_id", "until_id", "nickname"))
    rows = _rows_of({id_ for _, _, *ends, _ in stays for id_ in ends if id_ is not None})
    last = {group: ANY_ID if until is None else until for group, _, _, until, _ in stays}
    names = {group: name_of(group, end) for group, end in last.items()}

    def time_of(group: int, id_: LogId) -> int | None:
        where, time = rows.get(id_, (None, None))
        return time if where == group else None

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
    """In which group these rows were written, and when, of those that are there."""
    rows: dict[LogId, tuple[int | None, int]] = {}
    for some in portions(ids):
        values = Message.objects.filter(pk__in=some).values_list("pk", "group", "timet")
        rows.update((id_, (group, time)) for id_, group, time in values)
    return rows


def _founded_at(userid: str, group: int, after: LogId) -> int | None:
    """When the group was made, if with this person, and if the log still says so: such a person's period
    begins before the notice of it."""
    first = Message.objects.filter(group=group, id__gt=after).order_by("id").values_list(*ROW_FIELDS).first()
    notice = first and as_row(*first)
    return notice.time if isinstance(notice, MembershipNotice) and userid in notice.joined else None
