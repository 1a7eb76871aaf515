"""What moderators do to messages: recall, restore, erase. Who may is asked above chat."""

from collections.abc import Collection
from typing import NamedTuple

from django.db.models import Q

from accounts.codes import Cause
from chat.failures import CommandRefused
from chat.models import LinkPreview
from chat.reading import selectors
from chat.reading.referring import stems_of
from chat.signals import message_erased
from log import appending, custom_values, positions
from log.amendments import Recall, edited, last_edits_of, recalls_of
from log.appending import Draft
from log.file_references import forget_bundles
from log.models import ARE_MESSAGES, Mention, Message, Sticker
from log.rows import EDIT, RECALL, Amendment, Entry, LogId, Recipient
from log.stored_rows import DESK, ERASED, OFF, ROW_FIELDS, as_row, restored_content

# How many messages one call takes.
MAX_MESSAGES = 500


class _MessageRef(NamedTuple):
    """Where a message is, and whose it is."""

    id: LogId
    sender: str
    to: Recipient


def recall(ids: Collection[LogId]) -> list[Amendment]:
    """Take messages back, at most MAX_MESSAGES of them, in one transaction and in the order of their ids.
    Returns the rows that do it, each with its `target`: those that are recalled already get none.

    Nobody but staff reads a recalled message. Its author and its recipients are notified that a moderator has
    done it. Raises CommandRefused, before anything is written, if there is no such message.
    """
    places = _message_refs(ids)

    def decide() -> list[Draft]:
        recalled = recalls_of(places)
        return [_recall_draft(place, DESK) for id_, place in places.items() if id_ not in recalled]

    return appending.append_by_desk(decide)


def restore(ids: Collection[LogId]) -> list[Amendment]:
    """Undo the recall of messages, at most MAX_MESSAGES of them, like `recall`. Returns the rows that do it:
    messages that are not recalled get none, nor do those that were erased, or that their authors took
    back."""
    places = _message_refs(ids)

    def decide() -> list[Draft]:
        recalled = recalls_of(places)
        undone = [place for id_, place in places.items() if _may_undo(recalled.get(id_), place)]
        contents = _contents_of([place.id for place in undone])
        return [_recall_draft(place, OFF, contents[place.id]) for place in undone]

    return appending.append_by_desk(decide)


def erase(id_: LogId) -> LogId:
    """Recall a message for good: its content and its extension, and those of its edits, are no longer in the
    database. Returns the row that says so; it is the same when this is done again. Raises CommandRefused if
    there is no such message.

    Sends `message_erased`.
    """
    (place,) = _message_refs([id_]).values()
    earlier: list[Recall] = []

    def decide() -> list[Draft]:
        before = recalls_of([id_]).get(id_)
        if before and before.is_erased:
            earlier.append(before)
            return []
        stems = _stems_of(id_)
        erase_contents([id_])
        message_erased.send(sender=Message, id_=id_, stems=stems)
        return [_recall_draft(place, ERASED)]

    rows = appending.append_by_desk(decide)
    return rows[0].id if rows else earlier[0].id


def erase_contents(ids: Collection[LogId]) -> None:
    """Forget what these messages say, and what of them their amendments repeat."""
    filled = Message.objects.exclude(content="", extension="", details=None)
    filled.filter(pk__in=ids).update(content="", extension="", details=None)
    filled.filter(target__in=ids, kind=EDIT).update(content="", extension="", details=None)
    Mention.objects.filter(message_id__in=ids).delete()
    custom_values.forget(ids)
    forget_bundles(ids)
    for about in (LinkPreview, Sticker):
        about.objects.filter(message_id__in=ids).delete()
    # Their extension says what they are.
    filled.filter(target__in=ids, kind=RECALL).exclude(content="").update(content="")


def recent_message_ids(userid: str, since_second: int, limit: int) -> list[LogId]:
    """The messages that the person wrote since then and that are not recalled, latest first."""
    after = positions.last_id_before(since_second)
    if after is None:
        return []
    rows = selectors.unrecalled(Message.objects.filter(sender=userid, id__gt=after))
    return list(rows.order_by("-id").values_list("id", flat=True)[:limit])


def _message_refs(ids: Collection[LogId]) -> dict[LogId, _MessageRef]:
    """In the order of their ids. Raises CommandRefused if one of them is no message."""
    if len(ids) > MAX_MESSAGES:
        raise ValueError(f"at most {MAX_MESSAGES} messages")
    messages = Message.objects.filter(ARE_MESSAGES, pk__in=ids).order_by("id")
    fields = messages.values_list("id", "sender_id", "recipient_id", "group_id")
    places = {id_: _MessageRef(id_, str(sender), person or group) for id_, sender, person, group in fields}
    if places.keys() != set(ids):
        raise CommandRefused.by(Cause.NO_SUCH_MESSAGE)
    return places


def _recall_draft(place: _MessageRef, extension: str, content: str = "") -> Draft:
    # The author stands as the sender, so that the row has the recipients of the message.
    return Draft(RECALL, place.sender, place.to, content, extension, target=place.id)


def _may_undo(recalled: Recall | None, place: _MessageRef) -> bool:
    if recalled is None or recalled.is_erased:
        return False
    return recalled.by_desk or recalled.sender != place.sender


def _contents_of(ids: Collection[LogId]) -> dict[LogId, str]:
    edits = last_edits_of(ids)
    rows = (as_row(*fields) for fields in Message.objects.filter(pk__in=ids).values_list(*ROW_FIELDS))
    return {
        row.id: restored_content(edited(row, edits.get(row.id))) for row in rows if isinstance(row, Entry)
    }


def _stems_of(id_: LogId) -> frozenset[str]:
    rows = Message.objects.filter(Q(pk=id_) | Q(target=id_, kind=EDIT))
    texts = rows.values_list("content", "extension", "details")
    return frozenset(stem for row in texts for stem in stems_of(*row))
