"""The messages that are pinned in a conversation, for all who are in it: the owners and admins of a group pin
them, or either of two people.

A recalled message is not among them, as long as it is recalled, and everybody sees those that they may read.
"""

from datetime import datetime
from functools import partial
from typing import NamedTuple

from django.db import transaction
from django.db.models import QuerySet

from accounts.codes import Name
from chat import access
from chat.failures import CommandRefused
from chat.reading import pages, selectors
from chat.reading.clearing import cleared_of
from chat.reading.pages import CurrentMessage
from chat.reading.readers import message_in
from chat.signals import conversation_changed
from groups.services import lock_group
from log import changes
from log.amendments import AS_SENT, is_known, latest_of, spans_of
from log.models import Conversation, Message, Pin
from log.rows import PINNED as PINNED_ROW
from log.rows import LogId, Recipient

MAX_PINS = 20
PINNED, UNPINNED = "message_pinned", "message_unpinned"


class PinnedEntry(NamedTuple):
    """A message, and who has pinned it."""

    message: CurrentMessage
    by: str
    at: datetime


def pins_of(userid: str, peer: Recipient) -> list[PinnedEntry]:
    """Those that the person may read, pinned last first."""
    pins = {pin.target: pin for pin in _pins(userid, peer).order_by("-pinned_at", "-target")[:MAX_PINS]}
    cleared = cleared_of(userid, peer)
    spans = spans_of(userid, [peer]) if isinstance(peer, int) else None
    group = peer if isinstance(peer, int) else None
    ids = [id_ for id_ in pins if id_ > cleared and is_known(id_, group, spans)]
    messages = {
        message.entry.id: message for message in pages.messages_with_ids(userid, ids) if not message.recalled
    }
    return [
        PinnedEntry(messages[id_], pin.by_id, pin.pinned_at) for id_, pin in pins.items() if id_ in messages
    ]


def pin(userid: str, peer: Recipient, target: LogId) -> None:
    """Pin the message. Doing it again changes nothing. Raises CommandRefused, Forbidden and
    GroupNotFound."""
    message_in(userid, peer, target)
    with transaction.atomic():
        _lock(userid, peer)
        access.may_pin(userid, peer)
        pins = _pins(userid, peer)
        if pins.filter(target=target).exists():
            return
        _make_room(list(pins.values_list("target", flat=True)))
        Pin.objects.create(target=target, by_id=userid, **_conversation_fields(userid, peer))
        _notify(userid, peer, PINNED, target)


def unpin(userid: str, peer: Recipient, target: LogId) -> None:
    """Pin the message no more. Doing it again changes nothing. Raises CommandRefused, Forbidden and
    GroupNotFound."""
    with transaction.atomic():
        _lock(userid, peer)
        access.may_pin(userid, peer)
        gone, _ = _pins(userid, peer).filter(target=target).delete()
        if gone:
            _notify(userid, peer, UNPINNED, target)


def _pins(userid: str, peer: Recipient) -> QuerySet[Pin]:
    return Pin.objects.filter(**_conversation_fields(userid, peer))


def _conversation_fields(userid: str, peer: Recipient) -> dict[str, int | str]:
    """The conversation, as its pins name it."""
    if isinstance(peer, int):
        return {"group_id": peer}
    first, other = sorted((userid, peer))
    return {"one_id": first, "other_id": other}


def _lock(userid: str, peer: Recipient) -> None:
    """Nobody else pins there until the transaction ends."""
    if isinstance(peer, int):
        lock_group(peer)
    else:
        both = (userid, peer)
        rows = Conversation.objects.select_for_update().filter(user__in=both, peer__in=both)
        list(rows.order_by("pk").values_list("pk"))


def _make_room(targets: list[LogId]) -> None:
    """Those that nobody sees any more make room for others. Raises CommandRefused."""
    if len(targets) < MAX_PINS:
        return
    latest = latest_of(targets)
    gone = [id_ for id_ in targets if latest.get(id_, AS_SENT).recalled is not None]
    pruned = set(targets).difference(selectors.existing_ids(targets))
    if not (gone or pruned):
        raise CommandRefused(Name.CONFLICT, f"at most {MAX_PINS} messages are pinned in a conversation")
    Pin.objects.filter(target__in=[*gone, *pruned]).delete()


def _notify(userid: str, peer: Recipient, what: str, target: LogId) -> None:
    """Members of a group read it in the log. Of two people, the connected devices are notified; and from the
    log the shipped apps of the other, once for each message, whoever pins it how often."""
    if isinstance(peer, int):
        changes.append_group_change(peer, {what: target}, userid)
        return
    if what == PINNED and peer != userid and not _was_announced(userid, peer, target):
        # Not while the conversation is locked: a message holds the log, and may wait for the conversation.
        transaction.on_commit(partial(changes.append_pin, userid, peer, target), robust=True)
    for person, other in {(userid, peer), (peer, userid)}:
        send = partial(conversation_changed.send, sender=Pin, userid=person, peer=other)
        transaction.on_commit(partial(send, changed={what: target}))


def _was_announced(userid: str, peer: str, target: LogId) -> bool:
    rows = Message.objects.filter(target=target, kind=PINNED_ROW, sender=userid, recipient=peer)
    return rows.exists()
