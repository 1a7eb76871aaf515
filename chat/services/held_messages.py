"""Messages that were accepted, but are not delivered until a moderator releases them."""

from collections.abc import Collection
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import QuerySet

from accounts.codes import Cause, Name
from chat.failures import CommandRefused
from chat.reading.recalled_files import FileRecalled, sources_of
from chat.signals import held_discarded
from log import appending, log_end
from log.appending import Draft
from log.models import HeldMessage, Message
from log.rejections import Rejection
from log.rows import EDIT, RECALL, LogId, Recipient

_FIELDS = (
    "id",
    "sender_id",
    "recipient_id",
    "group_id",
    "amendments",
    "content",
    "extension",
    "target",
    "timet",
    "kind",
    "details",
)


class WaitingMessage(NamedTuple):
    """A message that waits for a moderator. `id`: its position in the log, which its sender got as the id.
    `to`: a userid or a group's id. `reply`: the message that it replies to. `original_content`: the content
    when it was held, before its sender edited it."""

    id: LogId
    sender: str
    to: Recipient
    content: str
    extension: str
    reply: LogId | None
    time: int
    original_content: str
    kind: str
    details: str


# More than these are not counted.
MAX_COUNTED_MESSAGES = 1000


class HeldFilters(NamedTuple):
    """Selects waiting messages. Empty or None: no filter. `before`: only messages before this id."""

    before: LogId | None = None
    sender: str = ""
    group: int | None = None
    ids: Collection[LogId] | None = None


NO_FILTERS = HeldFilters()


def waiting_messages(limit: int, filters: HeldFilters = NO_FILTERS) -> list[WaitingMessage]:
    """List the waiting messages, latest first."""
    conditions = {
        "id__lt": filters.before,
        "sender": filters.sender or None,
        "group": filters.group,
        "id__in": filters.ids,
    }
    waiting = _all_waiting().filter(**{name: to for name, to in conditions.items() if to is not None})
    return [_waiting_message(*fields) for fields in waiting.order_by("-id").values_list(*_FIELDS)[:limit]]


def count_waiting() -> tuple[int, bool]:
    """Count the waiting messages, up to MAX_COUNTED_MESSAGES, and return whether there are more."""
    number = len(_all_waiting().values_list("id")[: MAX_COUNTED_MESSAGES + 1])
    return min(number, MAX_COUNTED_MESSAGES), number > MAX_COUNTED_MESSAGES


def _all_waiting() -> QuerySet[HeldMessage]:
    return HeldMessage.objects.filter(is_waiting=True)


def _waiting_message(
    id_: LogId,
    sender: str,
    person: str | None,
    group: int | None,
    amendments: list[dict[str, Any]] | None,
    content: str,
    extension: str,
    reply: LogId | None,
    time: int,
    kind: str,
    details: str | None,
) -> WaitingMessage:
    to = person if group is None else group
    assert to is not None
    now = _content_now(content, amendments)
    return WaitingMessage(id_, sender, to, now, extension, reply, time, content, kind, details or "")


def release(id_: LogId) -> LogId:
    """Send the message now, if its sender still may. Return the id of the delivered message; the same id when
    this is repeated. It has the cid of the held message, by which the sender's devices recognize it.

    Raise CommandRefused if there is no such message, if it was discarded, or if its sender may not send it
    any more; then it stays held. Raise appending.NoSpace.
    """
    with transaction.atomic():
        message = _lock_message(id_)
        if message.released_id is not None:
            return message.released_id
        if not message.is_waiting:
            taken_back = any(amendment["kind"] == RECALL for amendment in message.amendments or ())
            why = "taken back by its sender" if taken_back else "discarded"
            raise CommandRefused(Name.CONFLICT, f"the message was {why}")
        message.released_id = _send(message)
        # From here on the content is in the log only, where it can be erased.
        _erase_text(message)
        message.save()
    return message.released_id


def discard(id_: LogId) -> None:
    """Delete the content of the message without sending it. Idempotent. Raise CommandRefused if there is no
    such message, or if it was released.

    Sends `held_discarded`.
    """
    with transaction.atomic():
        message = _lock_message(id_)
        if message.released_id is not None:
            raise CommandRefused(Name.CONFLICT, "the message was released")
        if message.is_waiting:
            held_discarded.send(sender=HeldMessage, id_=id_)
        _erase_text(message)
        message.save()


def _lock_message(id_: LogId) -> HeldMessage:
    message = HeldMessage.objects.select_for_update().filter(pk=id_).first()
    if message is None:
        raise CommandRefused.by(Cause.NO_SUCH_MESSAGE)
    return message


def _send(message: HeldMessage) -> LogId:
    to = message.to
    # Lock the log before the cid is released: the holder of the log's lock may wait for the cid.
    log_end.take()
    content, details = _content_now(message.content, message.amendments), _details_now(message)
    draft = Draft(
        message.kind,
        message.sender_id,
        to,
        content,
        message.extension,
        target=message.target,
        cid=_release_cid(message.pk),
        details=details,
        sources=_sources_of(message.kind, content, details),
    )
    (outcome,) = appending.append([draft]).outcomes
    if isinstance(outcome, Rejection):
        raise CommandRefused.of(outcome)
    return outcome.id


def _sources_of(kind: str, content: str, details: str) -> tuple[LogId, ...]:
    try:
        return sources_of(kind, content, details)
    except FileRecalled:
        raise CommandRefused.by(Cause.NO_SUCH_FILE) from None


def _content_now(content: str, amendments: list[dict[str, Any]] | None) -> str:
    """Return the content after the sender's edits."""
    edits = [amendment["content"] for amendment in amendments or () if amendment["kind"] == EDIT]
    return edits[-1] if edits else content


def _details_now(message: HeldMessage) -> str:
    edits = [
        amendment.get("details", "") for amendment in message.amendments or () if amendment["kind"] == EDIT
    ]
    return edits[-1] if edits else message.details or ""


def _erase_text(message: HeldMessage) -> None:
    """Erase the text of the message. The ids of its amendments are kept for replies to repeated commands."""
    message.is_waiting = False
    message.content = message.extension = ""
    message.details = None
    edits = (amendment for amendment in message.amendments or () if amendment["kind"] == EDIT)
    for edit in edits:
        edit["content"] = ""
        edit.pop("details", None)


def _release_cid(id_: LogId) -> str | None:
    """Remove the cid from the held row and return it, for the message that is sent now."""
    place = Message.objects.filter(pk=id_)
    cid: str | None = place.values_list("cid", flat=True).get()
    place.update(cid=None)
    return cid
