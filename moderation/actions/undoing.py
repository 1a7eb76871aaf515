"""Undoing what a moderator has done, by its entry in the audit log."""

import time
from collections.abc import Callable
from typing import NamedTuple

from django.db import transaction

from accounts import services
from chat.access import Refused
from chat.services import moderating
from chat.services.sending import tell
from groups import services as groups
from moderation import audit
from moderation.actions import recalling, sanctions, wording
from moderation.actions.acting import may_begin
from moderation.actions.sanctions import Before
from moderation.errors import CannotUndo, NotFound, UndoneAlready
from moderation.models import AuditEntry
from moderation.moderators import ACT_ON_GROUPS, ACT_ON_MESSAGES, ACT_ON_PEOPLE, Moderator

ACTION = "undo"

# Does it, for the reason. Returns its place in the log; None if nothing has changed.
Change = Callable[[AuditEntry, str], int | None]


class _Undoing(NamedTuple):
    """`related`: actions that set the same. Whatever one of them has set since, an undo would overwrite."""

    permission: str
    change: Change
    related: frozenset[str]


def undo(moderator: Moderator, entry_id: int, reason: str) -> AuditEntry:
    """Bring back what was before the action with this entry. Of a ban, the messages that it has recalled come
    back too. Raises NotFound, UndoneAlready, and CannotUndo if the action has no undo, or somebody has set
    the same anew since."""
    entry = AuditEntry.objects.filter(pk=entry_id).first()
    if entry is None:
        raise NotFound
    undoing = _UNDOING.get(entry.action)
    if undoing is None:
        raise CannotUndo
    _may_undo(moderator, undoing, entry, reason)
    _check(entry, undoing)
    if entry.action == "person.ban":
        # First, and each portion for itself: if this is interrupted, it can be done again.
        recalling.restore_recent(moderator, entry, reason)
    with transaction.atomic():
        # Whoever undoes the same waits here, and then finds it undone.
        AuditEntry.objects.select_for_update().get(pk=entry_id)
        _check(entry, undoing)
        log_id = undoing.change(entry, reason)
        return audit.record(
            moderator, ACTION, entry.target, reason, log_id, entry=entry.pk, undone=entry.action
        )


def can_undo(entry: AuditEntry) -> bool:
    """Whether `undo` would do something now. Asks the database a few things."""
    undoing = _UNDOING.get(entry.action)
    if undoing is None:
        return False
    try:
        _check(entry, undoing)
    except (CannotUndo, UndoneAlready):
        return False
    return True


def _may_undo(moderator: Moderator, undoing: _Undoing, entry: AuditEntry, reason: str) -> None:
    may_begin(moderator, undoing.permission, ACTION, entry.target, reason)
    if undoing.permission == ACT_ON_PEOPLE:
        moderator.require_others([_userid(entry)], ACTION, entry.target)


def _check(entry: AuditEntry, undoing: _Undoing) -> None:
    """Raises UndoneAlready and CannotUndo."""
    later = AuditEntry.objects.filter(target=entry.target, pk__gt=entry.pk)
    undone = set(later.filter(action=ACTION).values_list("details__entry", flat=True))
    if entry.pk in undone:
        raise UndoneAlready
    related = later.filter(action__in=undoing.related, log_id__isnull=False)
    if "group" in entry.details:
        related = related.filter(details__group=entry.details["group"])
    if set(related.values_list("pk", flat=True)) - undone:
        raise CannotUndo


def _undo_mute(entry: AuditEntry, reason: str) -> int | None:
    userid, group, before = _userid(entry), entry.details["group"], entry.details["before"]
    if _still_holds(before):
        return sanctions.mute(userid, group, before["until"], before["reason"])
    log_id = sanctions.unmute(userid, group, reason)
    if log_id is not None:
        _tell(userid, wording.unmuted(sanctions.name_of(group)), reason)
    return log_id


def _undo_ban(entry: AuditEntry, reason: str) -> int | None:
    userid, before = _userid(entry), entry.details["before"]
    if _still_holds(before):
        return services.set_standing(userid, locked=True, until=before["until"], reason=before["reason"])
    log_id = services.set_standing(userid, locked=False, reason=reason)
    if log_id is not None:
        _tell(userid, wording.unbanned(), reason)
    return log_id


def _still_holds(before: Before) -> bool:
    return bool(before["is_so"]) and (before["until"] is None or before["until"] > time.time())


def _undo_quiet(entry: AuditEntry, _: str) -> int | None:
    return groups.set_quiet(_number(entry), entry.details["before"])


def _undo_slow(entry: AuditEntry, _: str) -> int | None:
    return groups.set_slow(_number(entry), entry.details["before"])


def _undo_dissolving(entry: AuditEntry, _: str) -> int | None:
    return groups.restore(_number(entry)).id


def _undo_recall(entry: AuditEntry, _: str) -> int | None:
    try:
        rows = moderating.restore([_number(entry)])
    except Refused:
        raise CannotUndo from None  # the message was pruned
    return rows[0].id if rows else None


def _userid(entry: AuditEntry) -> str:
    return entry.target.partition(":")[2]


def _number(entry: AuditEntry) -> int:
    return int(entry.target.partition(":")[2])


def _tell(userid: str, text: str, reason: str) -> None:
    tell(userid, wording.with_reason(text, reason))


def _undoing(permission: str, change: Change, *related: str) -> _Undoing:
    return _Undoing(permission, change, frozenset(related))


_UNDOING = {
    "person.mute": _undoing(ACT_ON_PEOPLE, _undo_mute, "person.mute", "person.unmute"),
    "person.ban": _undoing(ACT_ON_PEOPLE, _undo_ban, "person.ban", "person.unban"),
    "group.mute": _undoing(ACT_ON_GROUPS, _undo_quiet, "group.mute", "group.unmute"),
    "group.slow": _undoing(ACT_ON_GROUPS, _undo_slow, "group.slow"),
    "group.dissolve": _undoing(ACT_ON_GROUPS, _undo_dissolving, "group.dissolve", "group.restore"),
    "message.recall": _undoing(
        ACT_ON_MESSAGES, _undo_recall, "message.recall", "message.restore", "message.erase"
    ),
}
# What can be undone, and the permission that this needs.
UNDOABLE = {action: undoing.permission for action, undoing in _UNDOING.items()}
