"""The messages with a person or in a group, page by page, as `records_` asks for them.

A request names a second, and several messages can have the same second. So a client asks for the next page
from the second in which the previous page ended. The next page repeats the messages of that second and
continues; clients recognize them by their ids. If one second fills a whole page, this would return the same
page for ever. Then, and only then, the page continues after the last row of the caller's previous page.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from chat import access
from chat.protocol.commands import QueryRecords
from chat.protocol.replies import Records
from chat.reading import selectors
from chat.reading.clearing import visibility_of
from log import positions
from log.rows import PAGE_CHARACTERS, Entry, LogId, Recipient

PAGE_ENTRIES = 200


@dataclass(frozen=True, slots=True)
class PageCursor:
    """Where a page ended."""

    peer: Recipient
    second: int
    id: LogId


# How many of the entries fit into one reply about the peer, at least one.
CountFitting = Callable[[Recipient, Sequence[Entry]], int]


def page(
    userid: str,
    query: QueryRecords,
    cursor: PageCursor | None,
    count_fitting: CountFitting = lambda _peer, entries: len(entries),
) -> tuple[Records, PageCursor | None]:
    """The page that answers `query`, and where it ended, None at the end of the history.

    `cursor`: where the caller's previous page ended. Raises failures.CommandRefused.
    """
    peer = _resolve_peer(userid, query)
    after = positions.last_id_before(query.since)
    if after is None:
        return Records(peer, [], more=False, alias=query.alias), None
    cleared, hides = visibility_of(userid, peer)
    read = partial(_read, userid, peer, hides=hides)
    entries, more = _fit_to_frame(*read(max(after, cleared)), peer, count_fitting)
    is_one_second = more and entries[-1].time == query.since
    if is_one_second and cursor and (cursor.peer, cursor.second) == (peer, query.since):
        entries, more = _fit_to_frame(*read(cursor.id), peer, count_fitting)
    end = PageCursor(peer, entries[-1].time, entries[-1].id) if more else None
    return Records(peer, entries, more, query.alias), end


def _resolve_peer(userid: str, query: QueryRecords) -> Recipient:
    """Raises failures.CommandRefused."""
    if query.user is None:
        return access.may_read_records(userid, query.group)
    if query.group is None:
        return query.user
    return query.group if selectors.is_member(userid, query.group) else query.user


def _read(userid: str, peer: Recipient, after: LogId, *, hides: bool) -> tuple[list[Entry], bool]:
    if isinstance(peer, int):
        entries, more = selectors.group_history(userid, peer, after, PAGE_ENTRIES, hides=hides)
    else:
        entries, more = selectors.unicast_history(userid, peer, after, PAGE_ENTRIES, hides=hides)
    # All of a page may have been hidden or recalled while it was read.
    return entries, more and bool(entries)


def _fit_to_frame(
    entries: list[Entry], more: bool, peer: Recipient, count_fitting: CountFitting
) -> tuple[list[Entry], bool]:
    """As many of `entries` as fit on a page, at least one, and whether there are more."""
    light = _count_light(entries)
    count = count_fitting(peer, entries[:light]) if light else 0
    return entries[:count], more or count < len(entries)


def _count_light(entries: list[Entry]) -> int:
    # A page is sent as one frame, and clients limit the size of a frame.
    room = PAGE_CHARACTERS
    for count, entry in enumerate(entries):
        room -= len(entry.content) + len(entry.extension)
        if room < 0 and count > 0:
            return count
    return len(entries)
