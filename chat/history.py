"""What was written with somebody, page by page, as `records_` asks for it.

A page is asked for by a second, and several messages share one. So a page is asked for again from the second
its predecessor ended in, repeats what that one had of it, and goes on; the ids tell which are known. When one
second fills a whole page by itself this would go round in circles: then, and only then, the page goes on
after the place where the caller's last one ended.
"""

from dataclasses import dataclass

from chat import access, selectors
from chat.protocol.commands import QueryRecords
from chat.protocol.events import GROUP, PAGE_CHARACTERS, UNICAST, Entry, Records
from groups.groupids import is_group_id

PAGE_ENTRIES = 200


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ended."""

    peer: str
    type: str
    second: int
    id: int


def page(userid: str, query: QueryRecords, place: Place | None) -> tuple[Records, Place | None]:
    """The page that answers `query`, and where it ended, None at the end of the history.

    `place`: where the caller's last page ended. Raises access.Refused.
    """
    type_ = _type(userid, query)
    first = selectors.first_id_since(query.since)
    if first is None:
        return Records(query.peer, [], more=False), None
    entries, more = _cut(*_read(userid, query, type_, after=first - 1))
    if more and entries[-1].time == query.since and place and _continues(place, query, type_):
        entries, more = _cut(*_read(userid, query, type_, after=place.id))
    end = Place(query.peer, type_, entries[-1].time, entries[-1].id) if more else None
    return Records(query.peer, entries, more), end


def _type(userid: str, query: QueryRecords) -> str:
    if query.type == GROUP:
        access.require_member(userid, query.peer)
    if query.type:
        return query.type
    in_group = is_group_id(query.peer) and selectors.is_member(userid, int(query.peer))
    return GROUP if in_group else UNICAST


def _continues(place: Place, query: QueryRecords, type_: str) -> bool:
    return (place.peer, place.type, place.second) == (query.peer, type_, query.since)


def _read(userid: str, query: QueryRecords, type_: str, after: int) -> tuple[list[Entry], bool]:
    if type_ == GROUP:
        return selectors.group_history(userid, int(query.peer), after, PAGE_ENTRIES)
    return selectors.unicast_history(userid, query.peer, after, PAGE_ENTRIES)


def _cut(entries: list[Entry], more: bool) -> tuple[list[Entry], bool]:
    """As many of `entries` as a page holds, one at least, and whether there are more."""
    # A page is one frame, and clients bound the size of a frame.
    room = PAGE_CHARACTERS
    for count, entry in enumerate(entries):
        room -= len(entry.content) + len(entry.extension)
        if room < 0 and count > 0:
            return entries[:count], True
    return entries, more
