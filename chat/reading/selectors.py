"""Reading the log.

Pages are limited by id, never by time alone, because several rows can have the same second, and by size
(`chat.reading.filling`).
"""

from collections.abc import Collection, Mapping

from django.db.models import Q, QuerySet

from chat.naming import with_extensions
from chat.reading import sources
from chat.reading.clearing import cleared_from
from chat.reading.filling import fill_page, merged, outlines_of
from chat.reading.snapshot import snapshot
from chat.reading.sources import ROW, UNRECALLED, RowSource
from log import periods
from log.amendments import as_now
from log.models import ARE_MESSAGES, NOT_HIDDEN, Membership, Message
from log.rows import (
    HELD,
    PAGE_CHARACTERS,
    STANDING,
    Entry,
    LogId,
    Recipient,
    Row,
    Served,
    Withheld,
    Written,
)
from log.stored_rows import ROW_FIELDS, as_row


def is_used() -> bool:
    """Whether the log has a message or a change of membership."""
    return Message.objects.exclude(kind__in=(STANDING, HELD)).exists()


def rows_after(after: LogId, limit: int) -> list[Row]:
    """The next rows of the log, for all recipients."""
    with snapshot():
        rows, _ = fill_page(iter(sources.every_row(after).reader(limit + 1)(None, limit + 1)), limit)
    return with_extensions(rows)


def backlog(userid: str, after: LogId, upto: LogId, limit: int) -> tuple[list[Served], bool]:
    """The next rows for `userid` with after < id ≤ upto, and whether there are more: rows from others to the
    person, and to groups during the person's membership periods. Changes of standing are no such rows: they
    are stored as what the person sent. Messages are given as they are now."""
    groups = [source.not_from(userid) for source in sources.of_groups(userid, after)]
    portions = [source.between(after, upto) for source in (sources.received(userid), *groups)]
    rows, is_more = _not_cleared(userid, *_with_amendments(userid, *_page(portions, limit)))
    return with_extensions(rows), is_more


def mirrored_backlog(userid: str, after: LogId, upto: LogId, limit: int) -> tuple[list[Served], bool]:
    """The same together with what the person wrote, with changes of the person's standing, and with the
    notices that the person has joined a group or is no longer in it."""
    groups = sources.of_groups(userid, after, with_ends=True)
    everything = (sources.received(userid), sources.written(userid), *groups)
    portions = [source.between(after, upto) for source in everything]
    return _not_cleared(userid, *_with_amendments(userid, *_page(portions, limit)))


def unicast_history(
    userid: str, peer: str, after: LogId, limit: int, *, hides: bool = True
) -> tuple[list[Entry], bool]:
    """The next messages between two people, in both directions, and whether there are more. `hides`: the
    person has hidden some there."""
    both = {(userid, peer), (peer, userid)}
    portions = [_unrecalled_after(sources.sent(sender, to), after) for sender, to in both]
    portions = [_not_hidden(source, userid) for source in portions] if hides else portions
    return _messages(userid, *_page(portions, limit))


def group_history(
    userid: str, group_id: int, after: LogId, limit: int, *, hides: bool = True
) -> tuple[list[Entry], bool]:
    """The next messages in a group that `userid` may read, and whether there are more. `hides`: see
    `unicast_history`."""
    portions = [_unrecalled_after(source, after) for source in sources.history_of(userid, group_id, after)]
    portions = [_not_hidden(source, userid) for source in portions] if hides else portions
    return _messages(userid, *_page(portions, limit))


def _unrecalled_after(source: RowSource, after: LogId) -> RowSource:
    return source.only(UNRECALLED).later_than(after)


def _not_hidden(source: RowSource, userid: str) -> RowSource:
    return source.only(NOT_HIDDEN.format(user="%s", id=f"{ROW}.id"), userid)


def message(id_: LogId) -> Entry | None:
    """The message as it was sent, without a check of who may read it."""
    return _entries(Message.objects.filter(ARE_MESSAGES, pk=id_)).get(id_)


def readable_message(userid: str, id_: LogId) -> Entry | None:
    """The message as it was sent, if the person may read it."""
    return readable_messages(userid, [id_]).get(id_)


def readable_messages(userid: str, ids: Collection[LogId]) -> dict[LogId, Entry]:
    """Those of the messages that the person may read, as they were sent: from or to the person, or in a group
    where `log.periods` lets the person read them."""
    return _entries(_readable(userid, ids))


def readable_peers(userid: str, ids: Collection[LogId]) -> dict[LogId, Recipient]:
    """In whose conversation with the person each of these messages is that the person may read. What they say
    is not read: a hundred may have megabytes."""
    rows = _readable(userid, ids).values_list("id", "group_id", "sender_id", "recipient_id")
    return {
        id_: group or (sender if recipient == userid else recipient) for id_, group, sender, recipient in rows
    }


def _readable(userid: str, ids: Collection[LogId]) -> QuerySet[Message]:
    is_own = Q(sender=userid, group=None) | Q(recipient=userid)
    return Message.objects.filter(ARE_MESSAGES, is_own | periods.reads_row(userid), pk__in=ids)


def _entries(rows: QuerySet[Message]) -> dict[LogId, Entry]:
    entries = [as_row(*fields) for fields in rows.values_list(*ROW_FIELDS)]
    return {row.id: row for row in entries if isinstance(row, Entry)}


def existing_ids(ids: Collection[LogId]) -> set[LogId]:
    """Those of the rows that were not pruned."""
    return set(Message.objects.filter(pk__in=ids).values_list("pk", flat=True))


def is_member(userid: str, group_id: int) -> bool:
    """Whether the person is a member of the group now."""
    return Membership.objects.current().filter(user=userid, group=group_id).exists()


def unrecalled(rows: QuerySet[Message]) -> QuerySet[Message]:
    """The messages among the rows that are not recalled."""
    return rows.extra(where=[UNRECALLED])


def _messages(userid: str, rows: list[Row], more: bool) -> tuple[list[Entry], bool]:
    page, more = _with_amendments(userid, rows, more)
    return [row for row in page if isinstance(row, Entry)], more


def _with_amendments(userid: str, rows: list[Row], more: bool) -> tuple[list[Served], bool]:
    """The page with its messages as they are now. With longer contents it has fewer rows."""
    page: list[Served] = []
    room = PAGE_CHARACTERS
    for row in as_now(rows, userid):
        page.append(row)
        room -= len(row.content) if isinstance(row, Written) else 0
        if room < 0:
            break
    return page, more or len(page) < len(rows)


def _not_cleared(userid: str, page: list[Served], more: bool) -> tuple[list[Served], bool]:
    """The page without what messages say that the person has cleared, on whatever device."""
    ids = [row.shows for row in page if isinstance(row, Written) and row.shows]
    cleared = cleared_from(userid, min(ids)) if ids else {}
    if not cleared:
        return page, more  # as is usual
    return [Withheld(row.id) if _is_cleared(row, userid, cleared) else row for row in page], more


def _is_cleared(row: Served, userid: str, cleared: Mapping[Recipient, LogId]) -> bool:
    return isinstance(row, Written) and 0 < row.shows <= cleared.get(row.peer_of(userid), 0)


def _page(portions: list[RowSource], limit: int) -> tuple[list[Row], bool]:
    """The first rows of all these sources: as many as fill a page; and whether there are more."""
    # Else a person who leaves a group between two of the reads has the rows there in neither, or in both.
    with snapshot(by_index=True):
        rows = [outlines_of(source.reader(limit + 1), limit + 1) for source in portions]
        return fill_page(merged(rows), limit)
