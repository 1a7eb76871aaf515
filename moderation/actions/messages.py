"""What moderators do to messages."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager

from django.db import transaction
from django.utils.translation import gettext_lazy

from accounts.codes import Name
from chat.failures import CommandRefused
from chat.services import held_messages, moderating
from log.amendments import recalls_of
from log.models import ARE_MESSAGES, Message
from log.rows import Amendment, LogId
from moderation import audit, erasing
from moderation.actions.acting import (
    EACH,
    TOGETHER,
    Action,
    ActionResult,
    Undo,
    message_target,
    notify_with_reason,
    perform,
    require_permission_and_reason,
    target_id,
)
from moderation.errors import CannotSend, CannotUndo, NotFound
from moderation.models import AuditEntry
from moderation.moderators import ACT_ON_MESSAGES, Moderator

Amend = Callable[[Collection[LogId]], list[Amendment]]


def recall(moderator: Moderator, ids: Collection[LogId], reason: str) -> AuditEntry:
    """Recall at most moderating.MAX_MESSAGES messages and notify their authors.

    Each message gets an entry; returns the first one. Raises NotFound, before anything is written, if `ids`
    is empty or one of the messages does not exist.
    """
    authors = _require_authors(moderator, RECALL, ids, reason)
    with transaction.atomic():
        rows = moderating.recall(ids)
        _notify_authors(Counter(authors[row.target] for row in rows), reason)
        return _record_each(moderator, RECALL, sorted(ids), reason, rows)


def _undo_recall(entry: AuditEntry, _: str) -> int | None:
    try:
        rows = moderating.restore([int(target_id(entry))])
    except CommandRefused:
        raise CannotUndo from None  # the message was pruned
    return rows[0].id if rows else None


RECALL = Action(
    "message.recall",
    recall,
    ACT_ON_MESSAGES,
    title=gettext_lazy("Recall"),
    warning=gettext_lazy(
        "The message disappears, and its author gets the reason. Phones with the shipped apps that "
        "have it already keep it. Staff can still read it here, and restore it."
    ),
    done=gettext_lazy("Recalled a message"),
    notifies=True,
    undo=Undo(_undo_recall, related=("message.restore", "message.erase")),
    bulk=TOGETHER,
)


def restore(moderator: Moderator, ids: Collection[LogId], reason: str) -> AuditEntry:
    """Undo the recall of messages. As `recall`, but the authors are not notified."""
    _require_authors(moderator, RESTORE, ids, reason)
    with transaction.atomic():
        return _record_each(moderator, RESTORE, sorted(ids), reason, moderating.restore(ids))


RESTORE = Action(
    "message.restore",
    restore,
    ACT_ON_MESSAGES,
    title=gettext_lazy("Restore"),
    warning=gettext_lazy("Everybody sees the message again. An erased message stays erased."),
    done=gettext_lazy("Restored a message"),
    bulk=TOGETHER,
)


def erase(moderator: Moderator, id_: LogId, reason: str) -> AuditEntry:
    """Recall a message permanently. Its author is notified unless it was recalled before. Raises NotFound."""
    authors = _require_authors(moderator, ERASE, [id_], reason)
    with transaction.atomic():
        before = recalls_of([id_]).get(id_)
        row = moderating.erase(id_)
        erasing.blank_message(id_)
        if before is None:
            _notify_authors(Counter(authors.values()), reason)
        is_new = before is None or not before.is_erased
        return audit.record(moderator, ERASE.line, message_target(id_), reason, row if is_new else None)


ERASE = Action(
    "message.erase",
    erase,
    ACT_ON_MESSAGES,
    title=gettext_lazy("Erase"),
    warning=gettext_lazy("The message is removed for good, from the database as well. Nobody can undo this."),
    done=gettext_lazy("Erased a message"),
    notifies=True,
    is_grave=True,
)


def release(moderator: Moderator, held_id: LogId, reason: str) -> AuditEntry:
    """Send a held message. The entry's `log_id` is the id of the message that is delivered. Raises NotFound,
    and CannotSend if the sender may no longer send it, or it was discarded."""
    with _as_desk_errors():
        target = message_target(held_id)
        return perform(
            moderator, RELEASE, target, reason, lambda: ActionResult(held_messages.release(held_id))
        )


RELEASE = Action(
    "message.release",
    release,
    ACT_ON_MESSAGES,
    title=gettext_lazy("Release"),
    warning=gettext_lazy("The message is sent to its recipients now, with the present time."),
    done=gettext_lazy("Released a held message"),
    bulk=EACH,
    key="a",
)


def discard(moderator: Moderator, held_id: LogId, reason: str) -> AuditEntry:
    """Discard a held message without notifying anybody. Raises NotFound, and CannotSend if it was already
    sent."""

    def change() -> ActionResult:
        held_messages.discard(held_id)
        return ActionResult(None)

    with _as_desk_errors():
        return perform(moderator, DISCARD, message_target(held_id), reason, change)


DISCARD = Action(
    "message.discard",
    discard,
    ACT_ON_MESSAGES,
    title=gettext_lazy("Discard"),
    warning=gettext_lazy("The message is never delivered. Its author is not notified."),
    done=gettext_lazy("Discarded a held message"),
    is_grave=True,
    bulk=EACH,
    key="r",
)

MESSAGES = (RECALL, RESTORE, ERASE)
# The actions on messages that a rule holds.
HELD = (RELEASE, DISCARD)


@contextmanager
def _as_desk_errors() -> Iterator[None]:
    """Raise chat's refusals as NotFound or CannotSend: they concern the sender, not the moderator."""
    try:
        yield
    except CommandRefused as refused:
        if refused.failure.name is Name.NOT_FOUND:
            raise NotFound from None
        raise CannotSend(why=refused.failure.reason) from None


def _require_authors(
    moderator: Moderator, action: Action, ids: Collection[LogId], reason: str
) -> dict[LogId, str]:
    """Check permission, reason and targets. Return the author of each message."""
    target = message_target(min(ids, default=0))
    require_permission_and_reason(moderator, action.permission, action.line, target, reason)
    messages = Message.objects.filter(ARE_MESSAGES, pk__in=ids)
    authors = {id_: str(author) for id_, author in messages.values_list("pk", "sender_id")}
    if not authors or authors.keys() != set(ids):
        raise NotFound
    # Moderators may act on their own messages.
    moderator.require_others(set(authors.values()) - {moderator.person}, action.line, target)
    return authors


def _record_each(
    moderator: Moderator, action: Action, ids: list[LogId], reason: str, rows: list[Amendment]
) -> AuditEntry:
    """Add an entry for each message. Return the first one."""
    done = {row.target: row.id for row in rows}
    entries = [
        audit.record(moderator, action.line, message_target(id_), reason, done.get(id_)) for id_ in ids
    ]
    return entries[0]


def _notify_authors(counts: Counter[str], reason: str) -> None:
    for author, count in sorted(counts.items()):
        english, chinese = _recall_notice(count)
        notify_with_reason(author, english, chinese, reason)


def _recall_notice(count: int) -> tuple[str, str]:
    if count == 1:
        return "A moderator has removed a message of yours.", "你的一条消息已被管理员移除。"
    return f"A moderator has removed {count} messages of yours.", f"你的 {count} 条消息已被管理员移除。"
