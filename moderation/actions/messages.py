"""What moderators do to messages."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager

from django.db import transaction

from chat.access import Refused
from chat.models import Message
from chat.protocol.replies import Code
from chat.protocol.rows import KINDS, Amendment, LogId
from chat.reading.amendments import recalls_of
from chat.services import holding, moderating
from chat.services.sending import tell
from moderation import audit, erasing
from moderation.actions import wording
from moderation.actions.acting import may_begin, of_message
from moderation.errors import CannotSend, NotFound
from moderation.models import AuditEntry
from moderation.moderators import ACT_ON_MESSAGES, Moderator

Amend = Callable[[Collection[LogId]], list[Amendment]]


def recall(moderator: Moderator, ids: Collection[LogId], reason: str) -> AuditEntry:
    """Take messages back, at most moderating.MOST of them. Their authors are told. Each message has an entry;
    returns that of the first one. Raises NotFound, before anything is written, if there is none of them, or
    one does not exist."""
    authors = _may_amend(moderator, "message.recall", ids, reason)
    with transaction.atomic():
        rows = moderating.recall(ids)
        _tell_authors(Counter(authors[row.target] for row in rows), reason)
        return _recorded(moderator, "message.recall", sorted(ids), reason, rows)


def restore(moderator: Moderator, ids: Collection[LogId], reason: str) -> AuditEntry:
    """Undo that messages were recalled. As `recall`, but nobody is told: they see the message again."""
    _may_amend(moderator, "message.restore", ids, reason)
    with transaction.atomic():
        return _recorded(moderator, "message.restore", sorted(ids), reason, moderating.restore(ids))


def erase(moderator: Moderator, id_: LogId, reason: str) -> AuditEntry:
    """Recall a message for good. Its author is told, unless it was recalled already. Raises NotFound."""
    authors = _may_amend(moderator, "message.erase", [id_], reason)
    with transaction.atomic():
        before = recalls_of([id_]).get(id_)
        row = moderating.erase(id_)
        erasing.forget_message(id_)
        if before is None:
            _tell_authors(Counter(authors.values()), reason)
        is_new = before is None or not before.is_erased
        return audit.record(moderator, "message.erase", of_message(id_), reason, row if is_new else None)


def release(moderator: Moderator, held_id: LogId, reason: str) -> AuditEntry:
    """Send a message that was held. `log_id` of the entry is the message that people get. Raises NotFound,
    and CannotSend if its sender may not send it any more, or it was discarded."""
    may_begin(moderator, ACT_ON_MESSAGES, "message.release", of_message(held_id), reason)
    with _decision(), transaction.atomic():
        sent = holding.release(held_id)
        return audit.record(moderator, "message.release", of_message(held_id), reason, sent)


def discard(moderator: Moderator, held_id: LogId, reason: str) -> AuditEntry:
    """Never send a message that was held. Nobody is told. Raises NotFound, and CannotSend if it was sent
    already."""
    may_begin(moderator, ACT_ON_MESSAGES, "message.discard", of_message(held_id), reason)
    with _decision(), transaction.atomic():
        holding.discard(held_id)
        return audit.record(moderator, "message.discard", of_message(held_id), reason)


@contextmanager
def _decision() -> Iterator[None]:
    """What chat refuses is refused to the sender of the message, not to whoever decides about it."""
    try:
        yield
    except Refused as refused:
        if refused.failure.code is Code.NOT_FOUND:
            raise NotFound from None
        raise CannotSend(refused.failure.reason) from None


def _may_amend(moderator: Moderator, action: str, ids: Collection[LogId], reason: str) -> dict[LogId, str]:
    """The authors of the messages."""
    target = of_message(min(ids, default=0))
    may_begin(moderator, ACT_ON_MESSAGES, action, target, reason)
    messages = Message.objects.filter(pk__in=ids, kind__in=KINDS)
    authors = {id_: str(author) for id_, author in messages.values_list("pk", "sender_id")}
    if not authors or authors.keys() != set(ids):
        raise NotFound
    # One's own messages are not somebody else's.
    moderator.require_others(set(authors.values()) - {moderator.person}, action, target)
    return authors


def _recorded(
    moderator: Moderator, action: str, ids: list[LogId], reason: str, rows: list[Amendment]
) -> AuditEntry:
    """The first of the entries, one for each message."""
    done = {row.target: row.id for row in rows}
    entries = [audit.record(moderator, action, of_message(id_), reason, done.get(id_)) for id_ in ids]
    return entries[0]


def _tell_authors(counts: Counter[str], reason: str) -> None:
    for author, count in sorted(counts.items()):
        tell(author, wording.with_reason(wording.recalled(count), reason))
