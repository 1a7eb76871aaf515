"""Removes old rows of the log for good, place by place, while others write and read.

A row goes by its own age, whatever it is: what amends a message may stay a while longer than the message. The
last row of the log always stays, because new rows follow it.
"""

import time
from collections.abc import Iterator
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from chat.models import LinkPreview, Pruned
from chat.protocol.kinds import TEXTS
from chat.readers import fulltext
from chat.readers.reader import cursor_of, registered
from log import positions, reactions
from log.amendments import recalls_of
from log.models import (
    BundledFile,
    CustomValue,
    Group,
    HeldMessage,
    Hidden,
    Mention,
    Message,
    Pin,
    Star,
    Sticker,
)
from log.rows import LogId

# Everything without a retention period of its own.
ELSEWHERE = 0
# Who needs the last row of the log.
LOG_END = "the end of the log"
# On SQLite all who write wait for a portion. So it is to take so long, until its commit, whose time hardly
# depends on how many rows there are.
PORTION_SECONDS = 0.025
MIN_ROWS, FIRST_ROWS, MAX_ROWS = 100, 200, 20_000


class Protected(NamedTuple):
    """What stays, however old: what these people have sent or got, and all of these groups. Each portion
    looks again who they are. The userids and the ids must not be NULL."""

    people: QuerySet[Any, Any]
    groups: QuerySet[Any, Any]

    def rows(self) -> Q:
        """Of messages, and of texts that wait."""
        to = Q(recipient__in=self.people) | Q(group__in=self.groups)
        return Q(sender__in=self.people) | to


class PruningLimit(NamedTuple):
    """Rows after `upto` stay, because `who` needs them."""

    upto: LogId
    who: str


def pruning_limits() -> list[PruningLimit]:
    """What keeps rows from being pruned, whatever their age: the end of the log, and readers that have not
    read them yet."""
    readers = [PruningLimit(cursor_of(reader.name), reader.name) for reader in registered()]
    return [PruningLimit(max(0, positions.last_id() - 1), LOG_END), *readers]


def count_prunable(place: int, upto: LogId, protected: Protected) -> int:
    """How many rows of the place `prune` would remove now."""
    return _prunable_rows(place, protected).filter(id__lte=upto).count()


class PrunedPortion(NamedTuple):
    """Of the rows up to `upto`, so many were removed."""

    upto: LogId
    removed: int


def prune(place: int, upto: LogId, protected: Protected) -> Iterator[PrunedPortion]:
    """Remove the rows of the place up to the row `upto`: `ELSEWHERE`, or those of a group. With them go texts
    that were held back there, and what the search index has of them. Yields after each portion. May be given
    up, and begun again; two at once take turns. Raises DatabaseError."""
    done, size = 0, FIRST_ROWS
    while done < upto:
        end = _end_of_portion(place, done, upto, size)
        removed, took = _remove(place, done, end, protected)
        yield PrunedPortion(end, removed)
        size = _next_size(size, took)
        done = end


def _next_size(size: int, took: float) -> int:
    if took < PORTION_SECONDS / 2:
        return min(MAX_ROWS, 2 * size)
    return max(MIN_ROWS, size // 2) if took > 2 * PORTION_SECONDS else size


def remove_orphaned_documents(upto: LogId) -> Iterator[None]:
    """Remove from the search index what it got of a message while that was pruned. Yields after each step."""
    while strays := fulltext.orphaned_documents(upto, FIRST_ROWS):
        with transaction.atomic():
            fulltext.replace(dict.fromkeys(strays))
        yield


def _end_of_portion(place: int, after: LogId, upto: LogId, size: int) -> LogId:
    """The last of the next so many rows, of which some may stay."""
    rows = Message.objects.filter(id__gt=after, id__lte=upto).order_by("id")
    some = rows if place == ELSEWHERE else rows.filter(group=place)
    return next(iter(some.values_list("id", flat=True)[size - 1 : size]), upto)


def _remove(place: int, after: LogId, upto: LogId, protected: Protected) -> tuple[int, float]:
    """How many rows were removed, and for how many seconds nobody else could write."""
    span = Q(id__gt=after, id__lte=upto)
    # Looked for without keeping others from writing: most of what stays is passed over here.
    if (
        not _prunable_rows(place, protected).filter(span).exists()
        and not _prunable_held(place, protected).filter(span).exists()
    ):
        return 0, 0.0
    with transaction.atomic():
        began = time.monotonic()
        # First, so that a second one waits here. Readers see both this and the removal, or neither.
        _record_pruned(place, upto)
        removed = _remove_held(_prunable_held(place, protected).filter(span))
        rows = _prunable_rows(place, protected).filter(span)
        fulltext.remove_documents(rows.filter(kind__in=TEXTS))
        for of_messages in (Mention, CustomValue, BundledFile, LinkPreview):
            of_messages.objects.filter(
                message_id__gt=after, message_id__lte=upto, message_id__in=rows.values("pk")
            ).delete()
        _forget_recalled_stickers(after, upto)
        removed += rows.delete()[0]
        reactions.forget(after + 1, upto)
        left = Message.objects.filter(span).values("pk")
        Pin.objects.filter(target__gt=after, target__lte=upto).exclude(target__in=left).delete()
        for own in (Hidden, Star):
            own.objects.filter(message_id__gt=after, message_id__lte=upto).exclude(
                message_id__in=left
            ).delete()
        return removed, time.monotonic() - began


def _forget_recalled_stickers(after: LogId, upto: LogId) -> None:
    """Delete stickers of recalled messages now: once message and recall are pruned, nothing says that it was
    recalled."""
    stickers = Sticker.objects.filter(message_id__gt=after, message_id__lte=upto)
    recalled = recalls_of(set(stickers.values_list("message_id", flat=True)))
    stickers.filter(message_id__in=recalled).delete()


def _record_pruned(place: int, upto: LogId) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_RECORD_PRUNED, [place, upto])


def _remove_held(held: QuerySet[HeldMessage]) -> int:
    """The texts first, in the order in which a release locks them. Then their places in the log."""
    ids = list(held.values_list("id", flat=True))
    if not ids:
        return 0
    HeldMessage.objects.filter(pk__in=ids).delete()
    return Message.objects.filter(pk__in=ids).delete()[0]


def _prunable_rows(place: int, protected: Protected) -> QuerySet[Message]:
    # The place of a text that is held back goes together with the text.
    held = HeldMessage.objects.filter(pk=OuterRef("pk"))
    return _in_place(Message.objects.filter(~Exists(held)), place, protected)


def _prunable_held(place: int, protected: Protected) -> QuerySet[HeldMessage]:
    return _in_place(HeldMessage.objects.all(), place, protected)


def _in_place(rows: QuerySet[Any], place: int, protected: Protected) -> QuerySet[Any]:
    if place == ELSEWHERE:
        rows = rows.exclude(group__in=Group.objects.filter(keep_days__isnull=False).values("pk"))
    else:
        rows = rows.filter(group=place)
    return rows.exclude(protected.rows())


_RECORD_PRUNED = (
    f"INSERT INTO {Pruned._meta.db_table} (place, upto_id) VALUES (%s, %s) ON CONFLICT (place) "
    f"DO UPDATE SET upto_id = excluded.upto_id WHERE excluded.upto_id > {Pruned._meta.db_table}.upto_id"
)
