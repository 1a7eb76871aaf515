"""Undoes an action of a moderator by its entry in the audit log."""

from django.db import transaction

from moderation import audit
from moderation.actions.acting import Action, Undo, require_permission_and_reason, target_id
from moderation.actions.fields import RECALL_HOURS
from moderation.actions.groups import GROUPS
from moderation.actions.messages import HELD, MESSAGES
from moderation.actions.people import PEOPLE
from moderation.errors import CannotUndo, NotFound, NothingChanged, UndoneAlready
from moderation.models import AuditEntry
from moderation.moderators import ACT_ON_PEOPLE, Moderator

UNDO_ACTION = "undo"

# The actions that can be undone, by their names in the audit log.
UNDOABLE: dict[str, Action] = {
    action.line: action for action in (*PEOPLE, *GROUPS, *MESSAGES, *HELD) if action.undo
}


def has_undo(entry: AuditEntry) -> bool:
    """Return whether there is something to undo. Messages recalled by a ban have entries of their own, so a
    ban that recalls is undoable even if it has changed nothing else."""
    return entry.action in UNDOABLE and (
        entry.log_id is not None or bool(entry.details.get(RECALL_HOURS.name))
    )


def undo(moderator: Moderator, entry_id: int, reason: str) -> AuditEntry:
    """Restore the state before the action with this entry; for a ban, also the messages it has recalled.

    Raises NotFound, UndoneAlready, and CannotUndo if the action has no undo, has changed nothing, or the same
    state was changed again later.
    """
    entry = AuditEntry.objects.filter(pk=entry_id).first()
    if entry is None:
        raise NotFound
    action = UNDOABLE.get(entry.action)
    if action is None or action.undo is None:
        raise CannotUndo
    _require_permission(moderator, action, entry, reason)
    if not has_undo(entry):
        raise NothingChanged
    _require_undoable(entry, action.undo)
    restored = action.undo.before_change(moderator, entry, reason)
    with transaction.atomic():
        # A concurrent undo of the same entry waits for this lock, and then raises UndoneAlready.
        AuditEntry.objects.select_for_update().get(pk=entry_id)
        _require_undoable(entry, action.undo)
        changed = action.undo.change(entry, reason)
        log_id = restored if changed is None else changed
        return audit.record(
            moderator, UNDO_ACTION, entry.target, reason, log_id, entry=entry.pk, undone=entry.action
        )


def _require_permission(moderator: Moderator, action: Action, entry: AuditEntry, reason: str) -> None:
    require_permission_and_reason(moderator, action.permission, UNDO_ACTION, entry.target, reason)
    if action.permission == ACT_ON_PEOPLE:
        moderator.require_others([target_id(entry)], UNDO_ACTION, entry.target)


def _require_undoable(entry: AuditEntry, undo: Undo) -> None:
    """Raise UndoneAlready if it was undone, CannotUndo if a later action set the same state."""
    later = AuditEntry.objects.filter(target=entry.target, pk__gt=entry.pk)
    undone = set(later.filter(action=UNDO_ACTION).values_list("details__entry", flat=True))
    if entry.pk in undone:
        raise UndoneAlready
    related = later.filter(action__in=(entry.action, *undo.related), log_id__isnull=False)
    if "group" in entry.details:
        related = related.filter(details__group=entry.details["group"])
    if set(related.values_list("pk", flat=True)) - undone:
        raise CannotUndo
