"""Reads messages for the desk: also those hidden from their readers, and recalled ones until they are
erased."""

from typing import NamedTuple

from django.db.models import QuerySet

from chat.reading.filling import fill_page, merged, outlines
from chat.reading.selectors import message
from chat.reading.snapshot import snapshot
from log.amendments import Recall, edits_of, recalls_of
from log.cards import full_text
from log.models import ARE_MESSAGES, Message
from log.rows import Entry, LogId
from moderation import audit
from moderation.actions.acting import message_target, require_permission_and_reason
from moderation.errors import NotFound
from moderation.moderators import READ_DESK, READ_PRIVATE, Moderator

# Messages before and after the requested one.
MESSAGES_AROUND = 10


class ReviewedMessage(NamedTuple):
    """A message with its latest content. `recalled`: who recalled it; None if it is not recalled."""

    entry: Entry
    recalled: Recall | None
    is_edited: bool


def read_in_context(moderator: Moderator, id_: LogId, reason: str) -> list[ReviewedMessage]:
    """Return the message with those before and after it in its conversation, oldest first.

    A conversation of two people is private: it needs READ_PRIVATE and a reason, which the audit log records.
    Raises RoleMissing, NoReason and NotFound.
    """
    moderator.require(READ_DESK, "message.read", message_target(id_))
    entry = message(id_)
    if entry is None:
        raise NotFound
    if isinstance(entry.to, str):
        require_permission_and_reason(moderator, READ_PRIVATE, audit.READ, message_target(id_), reason)
        audit.record_private_read(moderator, entry.sender, entry.to, reason, message=id_)
    return around(entry)


def around(entry: Entry, limit: int = MESSAGES_AROUND) -> list[ReviewedMessage]:
    """Return the message with up to `limit` messages before and after it, oldest first."""
    with snapshot(by_index=True):
        older = _read_entries(
            [rows.filter(id__lt=entry.id) for rows in _sources(entry)], limit, newest_first=True
        )
        newer = _read_entries([rows.filter(id__gt=entry.id) for rows in _sources(entry)], limit)
        return reviewed_messages([*older[::-1], entry, *newer])


def reviewed_messages(entries: list[Entry]) -> list[ReviewedMessage]:
    """Return the messages with their latest content and recalls."""
    ids = [entry.id for entry in entries]
    recalls, edits = recalls_of(ids), edits_of(ids)
    return [
        ReviewedMessage(
            entry._replace(content=edits.get(entry.id) or full_text(entry.content, entry.details)),
            recalls.get(entry.id),
            entry.id in edits,
        )
        for entry in entries
    ]


def _sources(entry: Entry) -> list[QuerySet[Message]]:
    """Return queries for the messages of its conversation: one for a group, one per direction for a pair."""
    rows = Message.objects.filter(ARE_MESSAGES)
    if isinstance(entry.to, int):
        return [rows.filter(group=entry.to)]
    pairs = {(entry.sender, entry.to), (entry.to, entry.sender)}
    return [rows.filter(sender=sender, recipient=to) for sender, to in pairs]


def _read_entries(sources: list[QuerySet[Message]], limit: int, *, newest_first: bool = False) -> list[Entry]:
    order = "-id" if newest_first else "id"
    read = [outlines(rows.order_by(order), limit, newest_first=newest_first) for rows in sources]
    rows, _ = fill_page(merged(read, newest_first=newest_first), limit)
    return [row for row in rows if isinstance(row, Entry)]
