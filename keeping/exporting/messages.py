"""The messages of a conversation as one person sees them now, oldest first, with the earlier versions of the
person's own messages."""

from collections.abc import Iterator
from typing import NamedTuple

from chat.reading import pages
from chat.reading.pages import ConversationReader, CurrentMessage, Item
from log.cards import full_text
from log.models import Message
from log.rows import EDIT, Recipient

_PAGE_SIZE = 200


class Version(NamedTuple):
    """The content of a message from this time on, in seconds."""

    time: int
    content: str


class ExportedItem(NamedTuple):
    """`item`: a message or a notice of a group. The person's own recalled messages still have their last
    content. `earlier`: the earlier versions of the person's own message, oldest first."""

    item: Item
    earlier: tuple[Version, ...] = ()


def messages_of(userid: str, peer: Recipient) -> Iterator[ExportedItem]:
    """Yield all messages and notices that the person may read. One page of them is in memory at a time."""
    reader, after, has_more = ConversationReader(userid, peer, notices=True), 0, True
    while has_more:
        page = pages.page_after(reader, after, _PAGE_SIZE)
        for item in page.items:
            yield _exported(item, userid)
            after = item.entry.id if isinstance(item, CurrentMessage) else item.id
        has_more = page.more and bool(page.items)


def character_count(exported: ExportedItem) -> int:
    """Return about how many characters the item has."""
    if not isinstance(exported.item, CurrentMessage):
        return 0
    entry = exported.item.entry
    return len(entry.content) + len(entry.extension) + sum(len(old.content) for old in exported.earlier)


def _exported(item: Item, userid: str) -> ExportedItem:
    if not isinstance(item, CurrentMessage) or item.entry.sender != userid:
        return ExportedItem(item)
    # One message at a time: a hundred versions of every message of a page would need too much memory.
    return _with_versions(item) if item.recalled or item.edited is not None else ExportedItem(item)


def _with_versions(item: CurrentMessage) -> ExportedItem:
    entry = item.entry
    fields = ("content", "details", "extension")
    content, details, extension = Message.objects.values_list(*fields).get(pk=entry.id)
    edits = Message.objects.filter(target=entry.id, kind=EDIT, sender=entry.sender).order_by("id")
    states = [(entry.time, content, details), *edits.values_list("timet", "content", "details")]
    now = entry._replace(content=states[-1][1], details=states[-1][2] or "", extension=extension)
    earlier = (Version(time, full_text(content, details or "")) for time, content, details in states[:-1])
    # Erased versions are empty.
    return ExportedItem(item._replace(entry=now), tuple(version for version in earlier if version.content))
