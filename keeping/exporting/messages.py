"""The messages of a conversation as they are now for one person, oldest first, and what the person's own ones
said before."""

from collections.abc import Iterator
from typing import NamedTuple

from chat.reading import pages
from chat.reading.pages import ConversationReader, CurrentMessage, Item
from log.cards import full_text
from log.models import Message
from log.rows import EDIT, Recipient

# Read at a time.
_MAX_AT_ONCE = 200


class Version(NamedTuple):
    """What a message said from this second on."""

    time: int
    content: str


class ExportedItem(NamedTuple):
    """`item`: a message, or what happened to a group. `earlier`: what a message of one's own said before, in
    that order. Of a recalled one `item` has what it said last, because it is one's own."""

    item: Item
    earlier: tuple[Version, ...] = ()


def messages_of(userid: str, peer: Recipient) -> Iterator[ExportedItem]:
    """All that the person may read there. However much that is, a page of it is in memory."""
    reader, after, more = ConversationReader(userid, peer, notices=True), 0, True
    while more:
        page = pages.page_after(reader, after, _MAX_AT_ONCE)
        for item in page.items:
            yield _exported(item, userid)
            after = item.entry.id if isinstance(item, CurrentMessage) else item.id
        more = page.more and bool(page.items)


def weight(exported: ExportedItem) -> int:
    """About how many characters it has."""
    if not isinstance(exported.item, CurrentMessage):
        return 0
    entry = exported.item.entry
    return len(entry.content) + len(entry.extension) + sum(len(one.content) for one in exported.earlier)


def _exported(item: Item, userid: str) -> ExportedItem:
    if not isinstance(item, CurrentMessage) or item.entry.sender != userid:
        return ExportedItem(item)
    # One by one: a person may have edited each message a hundred times, and all of that is not to be in
    # memory.
    return _with_versions(item) if item.recalled or item.edited is not None else ExportedItem(item)


def _with_versions(item: CurrentMessage) -> ExportedItem:
    entry = item.entry
    fields = ("content", "details", "extension")
    content, details, extension = Message.objects.values_list(*fields).get(pk=entry.id)
    edits = Message.objects.filter(target=entry.id, kind=EDIT, sender=entry.sender).order_by("id")
    states = [(entry.time, content, details), *edits.values_list("timet", "content", "details")]
    now = entry._replace(content=states[-1][1], details=states[-1][2] or "", extension=extension)
    earlier = (Version(time, full_text(content, details or "")) for time, content, details in states[:-1])
    # Of an erased one nothing is left.
    return ExportedItem(item._replace(entry=now), tuple(version for version in earlier if version.content))
