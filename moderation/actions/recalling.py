"""Recalls the messages of a person's last hours with a ban, and restores them when the ban is undone."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import transaction

from chat.reading import pages
from chat.reading.pages import CurrentMessage
from chat.services import moderating
from log.models import ARE_MESSAGES, Message
from log.rows import RECALL, LogId
from moderation import audit
from moderation.actions.acting import person_target
from moderation.models import AuditEntry
from moderation.moderators import Moderator

ACTION, RESTORE = "person.recall", "person.restore"
# A preview counts up to the first number, and shows up to the second.
MAX_COUNTED, MAX_PREVIEWED = 1000, 10

_HOUR = 3600


@dataclass(frozen=True, slots=True)
class RecallPreview:
    """What would be recalled. `is_more`: there are more than `count`. `private`: how many of the counted ones
    are between two people. `messages`: the latest of them."""

    count: int
    is_more: bool
    private: int
    messages: list[CurrentMessage]

    @property
    def shows_private(self) -> bool:
        """Return whether some of `messages` are private."""
        return any(isinstance(message.entry.to, str) for message in self.messages)


def preview_recall(userid: str, hours: int) -> RecallPreview:
    """Return what a ban with this number of hours would recall. Changes nothing."""
    recent = moderating.recent_message_ids(userid, _since(hours), MAX_COUNTED + 1)
    is_more, counted = len(recent) > MAX_COUNTED, recent[:MAX_COUNTED]
    private = Message.objects.filter(pk__in=counted, recipient__isnull=False).count()
    return RecallPreview(
        len(counted), is_more, private, pages.messages_with_ids(userid, recent[:MAX_PREVIEWED], hides=False)
    )


def recall_recent(moderator: Moderator, ban: AuditEntry, userid: str, hours: int) -> None:
    """Recall what the person wrote in the last `hours` hours, in batches.

    Each batch has an entry with the id of the `ban` entry and the range of log rows of its recalls.
    """
    since = _since(hours)
    while ids := moderating.recent_message_ids(userid, since, moderating.MAX_MESSAGES):
        with transaction.atomic():
            rows = moderating.recall(ids)
            if not rows:
                # Other moderators have recalled them all meanwhile; the next batch is a different one.
                continue
            first, last = rows[0].id, rows[-1].id
            details = {"ban": ban.pk, "recalled": [[first, last]], "count": len(rows)}
            audit.record(moderator, ACTION, person_target(userid), ban.reason, first, **details)


def restore_recent(moderator: Moderator, ban: AuditEntry, reason: str) -> LogId | None:
    """Restore the messages recalled with this ban, in batches. Each batch that changes something has an
    entry. Returns the id of the first log row written, or None."""
    log_id = None
    for first, last in _recalled_ranges(ban):
        rows = Message.objects.filter(pk__range=(first, last), kind=RECALL)
        # Some may have been pruned meanwhile.
        there = Message.objects.filter(ARE_MESSAGES, pk__in=rows.values("target"))
        ids = list(there.values_list("pk", flat=True))
        with transaction.atomic():
            if restored := moderating.restore(ids):
                details = {"ban": ban.pk, "count": len(restored)}
                audit.record(moderator, RESTORE, ban.target, reason, restored[0].id, **details)
                log_id = log_id or restored[0].id
    return log_id


def _recalled_ranges(ban: AuditEntry) -> Iterator[tuple[LogId, LogId]]:
    entries = AuditEntry.objects.filter(action=ACTION, target=ban.target, pk__gt=ban.pk, details__ban=ban.pk)
    for entry in entries.order_by("pk"):
        yield from entry.details["recalled"]


def _since(hours: int) -> int:
    return int(time.time()) - hours * _HOUR
