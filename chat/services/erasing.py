"""Erasing what a person wrote: the rows of the log stay, and say nothing any more.

The person must be locked before, so that nothing new comes. All of it may be done again.
"""

from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from django.db import transaction
from django.db.models import Q
from msgspec.structs import replace

from accounts.services import desk_userids
from chat.models import ContactRequest, Device, NewestLogin
from chat.readers import fulltext
from chat.readers.search_index import catch_up
from chat.reading.referring import stems_of
from chat.services import moderating
from log import appending, reactions
from log.amendments import recalls_of
from log.appending import Draft
from log.inserting import COLUMNS
from log.models import (
    ARE_MESSAGES,
    Block,
    Contact,
    Conversation,
    HeldMessage,
    Hidden,
    Mention,
    Message,
    Privacy,
    Star,
    Sticker,
)
from log.rows import (
    EDIT,
    NO_MESSAGES,
    REACTION,
    RECALL,
    RESPONSE,
    STANDING,
    AccountStatusChange,
    LogId,
    Recipient,
    Row,
)
from log.stored_rows import ERASED, OFF, ROW_FIELDS, as_row, values_of

# Nobody else writes while a portion is erased.
BATCH_ROWS = 100


class _WrittenRow(NamedTuple):
    id: LogId
    kind: str
    recipient: str | None
    group: int | None
    target: LogId | None
    content: str

    @property
    def to(self) -> Recipient:
        to = self.recipient if self.group is None else self.group
        assert to is not None
        return to


_FIELDS = ("id", "kind", "recipient_id", "group_id", "target", "content")


def count_written(userid: str) -> int:
    """How many messages the person has written."""
    return Message.objects.filter(ARE_MESSAGES, sender=userid).count()


def written_file_stems(userid: str) -> set[str]:
    """The files to which the person's messages refer, also those that were edited, recalled or held."""
    querysets = (
        Message.objects.filter(ARE_MESSAGES | Q(kind__in=[EDIT, RECALL]), sender=userid),
        HeldMessage.objects.filter(sender=userid),
    )
    stems: set[str] = set()
    for rows in querysets:
        for fields in rows.values_list("content", "extension", "details").iterator(chunk_size=2000):
            stems |= stems_of(*fields)
    return stems


def erase_written(userid: str) -> Iterator[int]:
    """Erase all that the person wrote. Yields after each portion how many rows it had; others should get
    their turn then. The recipients of a message are notified that it is gone."""
    HeldMessage.objects.filter(sender=userid).update(
        content="", extension="", details=None, is_waiting=False, amendments=None
    )
    own = Message.objects.filter(sender=userid).order_by("-id")
    end = own.values_list("id", flat=True).first() or 0
    for rows in _batches(userid, end):
        _erase(userid, rows)
        yield len(rows)
    # Once more, for what the search index had read before it was erased.
    for _ in catch_up(end):
        yield 0
    for rows in _batches(userid, end):
        _remove_from_index(row.id for row in rows if row.kind not in NO_MESSAGES)
        yield len(rows)


def erase_service_texts(userid: str) -> None:
    """What the service itself has written to the person says nothing any more. Nobody else has read it."""
    texts = Message.objects.filter(ARE_MESSAGES, sender__in=desk_userids(), recipient=userid)
    after = 0
    while ids := list(texts.filter(id__gt=after).order_by("id").values_list("id", flat=True)[:BATCH_ROWS]):
        with transaction.atomic():
            moderating.erase_contents(ids)
            _remove_from_index(ids)
        after = ids[-1]


def count_rows(userid: str) -> int:
    """How many rows `erase_written` looks at."""
    return 2 * Message.objects.filter(sender=userid).count()


def delete_personal_data(userid: str) -> None:
    """Remove what the person keeps: wishes about conversations, hidden and starred messages, stickers,
    blocks, contacts, devices, logins; and what others call the person, among whose contacts the person is no
    more."""
    Conversation.objects.filter(peer=userid).exclude(remark="").update(remark="")
    Mention.objects.filter(userid=userid).delete()
    Contact.objects.filter(other=userid).delete()
    ContactRequest.objects.filter(Q(sender=userid) | Q(recipient=userid)).delete()
    for model in (Conversation, Hidden, Star, Sticker, Block, Contact, Privacy, Device, NewestLogin):
        model.objects.filter(user=userid).delete()


def _batches(userid: str, end: LogId) -> Iterator[list[_WrittenRow]]:
    after = 0
    while rows := _next_batch(userid, after, end):
        yield rows
        after = rows[-1].id


def _next_batch(userid: str, after: LogId, end: LogId) -> list[_WrittenRow]:
    rows = Message.objects.filter(sender=userid, id__gt=after, id__lte=end).order_by("id")
    return [_WrittenRow(*fields) for fields in rows.values_list(*_FIELDS)[:BATCH_ROWS]]


def _erase(userid: str, rows: Collection[_WrittenRow]) -> None:
    messages = {row.id: row for row in rows if row.kind not in NO_MESSAGES}

    def decide() -> list[Draft]:
        recalled = recalls_of(messages)
        new = [row for id_, row in messages.items() if id_ not in recalled or not recalled[id_].is_erased]
        taken_back = [*_retract_reactions(userid, rows), *_retract_responses(userid, rows)]
        if messages:
            moderating.erase_contents(list(messages))
            _remove_from_index(messages)
        _blank_others([row.id for row in rows])
        # The author stands as the sender, as for any message that a moderator erases.
        return [*(Draft(RECALL, userid, row.to, "", ERASED, target=row.id) for row in new), *taken_back]

    appending.append_by_desk(decide)


def _remove_from_index(ids: Iterable[LogId]) -> None:
    with transaction.atomic():
        fulltext.replace(dict.fromkeys(ids))


def _retract_reactions(userid: str, rows: Collection[_WrittenRow]) -> list[Draft]:
    """Forget which reactions the person has given to the messages: a reaction without emoji that is taken
    back stands for all of them."""
    places = {row.target: row.to for row in rows if row.kind == REACTION and row.content and row.target}
    if not places:
        return []
    reactions.refresh(places)
    rows_of_all = Message.objects.filter(target__in=places, kind=REACTION, sender=userid)
    reacted: set[tuple[LogId, str]] = set()
    for target, emoji, extension in rows_of_all.order_by("id").values_list("target", "content", "extension"):
        assert target is not None
        (reacted.discard if extension == OFF else reacted.add)((target, emoji))
    rows_of_all.update(content="")
    reactions.take_back(userid, reacted)
    targets = sorted({target for target, _ in reacted})
    return [Draft(REACTION, userid, places[target], "", OFF, target=target) for target in targets]


def _retract_responses(userid: str, rows: Collection[_WrittenRow]) -> list[Draft]:
    """Forget what the person has answered. An empty row has it counted anew."""
    places = {row.target: row.to for row in rows if row.kind == RESPONSE and row.content and row.target}
    if not places:
        return []
    Message.objects.filter(target__in=places, kind=RESPONSE, sender=userid).update(content="")
    return [Draft(RESPONSE, userid, to, "", "", target=target) for target, to in places.items()]


def _blank_others(ids: Collection[LogId]) -> None:
    """What rows say besides messages and reactions, and how the person's devices named them."""
    rows = Message.objects.filter(pk__in=ids)
    edits = rows.filter(kind=EDIT).exclude(content="", extension="", details=None)
    edits.update(content="", extension="", details=None)
    rows.filter(kind=RECALL).exclude(content="").update(content="")
    for fields in rows.filter(kind=STANDING, content__contains='"reason"').values_list(*ROW_FIELDS):
        _blank_reason(as_row(*fields))
    rows.filter(cid__isnull=False).update(cid=None)


def _blank_reason(row: Row) -> None:
    """The reason that the person got."""
    if isinstance(row, AccountStatusChange):
        blank = replace(row, change=replace(row.change, reason=""))
        Message.objects.filter(pk=row.id).update(content=values_of(blank)[COLUMNS.index("content")])
