"""What moderators have decided about a person, as far as the person was told; and what the person has
reported to them."""

from chat.models import HeldMessage, Message
from chat.protocol.rows import STANDING, AccountStatusChange, conversation_name
from chat.stored_rows import ROW_FIELDS, as_row
from groups.models import GroupMute
from keeping.exporting import shapes
from moderation.actions.acting import of_person
from moderation.models import AuditEntry, Complaint

# What people are told of, by a message too; and the reasons of which they are told.
_TOLD = ("person.mute", "person.unmute", "person.ban", "person.unban", "person.warn")
# Other lines of the audit log are about what moderators read and keep: they are no decisions about a person.
_ABOUT = (*_TOLD, "person.recall", "person.restore", "person.disconnect", "undo")
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
    entries = AuditEntry.objects.filter(target=of_person(userid), action__in=(*_ABOUT, EXPORTED))
    found = entries.order_by("pk").values_list("time", "action", "reason")
    return [
        shapes.Decision(time, action, reason if action in _TOLD else "") for time, action, reason in found
    ]


def reports_by(userid: str) -> list[shapes.Report]:
    """What the person has reported, oldest first."""
    complaints = Complaint.objects.filter(reporter=userid).order_by("pk")
    fields = complaints.values_list("report__target", "category", "note", "at")
    return [shapes.Report(*values) for values in fields]


def held_of(userid: str) -> list[shapes.Held]:
    """The person's texts that wait for a moderator, oldest first."""
    waiting = HeldMessage.objects.filter(sender=userid, is_waiting=True).order_by("id")
    fields = waiting.values_list("recipient_id", "group_id", "content", "timet")
    return [
        shapes.Held(conversation_name(person if group is None else group), content, time)
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
