"""The messages of a conversation, page by page in both directions, by id: with what became of them.

A page is limited by size as well (`chat.reading.filling`).
"""

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import F, Q, QuerySet

from chat.models import LinkPreview
from chat.reading.filling import Fields, fill_page, merged, outlines
from chat.reading.results import results_of
from chat.reading.snapshot import snapshot
from log.amendments import AS_SENT, Latest, edited, latest_of
from log.group_models import ANY_ID
from log.models import ARE_MESSAGES, IS_FILE, NO_AMENDMENT, NOT_HIDDEN, Membership, Mention, Message
from log.periods import disjoint, with_begins
from log.positions import last_id_before
from log.reactions import NONE, Reactions, reactions_of
from log.rows import (
    MEMBERSHIP,
    NOTICES,
    PAGE_CHARACTERS,
    Entry,
    GroupChange,
    LogId,
    MembershipNotice,
    Notice,
    Recipient,
    Row,
)


class CurrentMessage(NamedTuple):
    """A message as it is now. A recalled one has neither content nor extension. `edited`: the row that gave
    it its content; None if that is the first one. `by_desk`: a moderator has recalled it. `preview`: see
    LinkPreview. `starred`: its reader has starred it. `results`: of what people have responded to it."""

    entry: Entry
    recalled: bool
    edited: LogId | None
    reactions: Reactions
    by_desk: bool = False
    preview: Mapping[str, str] | None = None
    starred: bool = False
    results: Mapping[str, Any] | None = None


Item = CurrentMessage | Notice


class Page(NamedTuple):
    """Oldest first. `more`: there are further messages in the direction in which it was read."""

    items: list[Item]
    more: bool


class ConversationReader(NamedTuple):
    """Who reads which conversation. `notices`: among the messages of a group, also what happened to the
    group. `cleared_id`: nothing up to it is read. `mentioned`: only messages that mention the person.
    `kinds`: only these, of FILE_KINDS; all if there are none. `hides`: without what the person has hidden."""

    userid: str
    peer: Recipient
    notices: bool = False
    cleared_id: LogId = 0
    mentioned: bool = False
    kinds: tuple[str, ...] = ()
    hides: bool = True

    @property
    def condition(self) -> Q:
        if self.mentioned:
            return ARE_MESSAGES & Q(id__in=self._mentions())
        return ARE_MESSAGES | Q(kind__in=NOTICES) if self.notices else ARE_MESSAGES

    def _mentions(self) -> QuerySet[Mention, int]:
        group = self.peer if isinstance(self.peer, int) else 0
        some = Mention.objects.filter(group_id=group, userid__in=[self.userid, ""])
        return some.exclude(sender=self.userid).values_list("message_id", flat=True)


def page_before(reader: ConversationReader, id_: LogId, limit: int) -> Page:
    """The last messages before `id_` of those that the person may read in this conversation."""
    with snapshot(by_index=True):
        items, more = _read_page(reader, (0, id_), limit, newest_first=True)
    return Page(items[::-1], more)


def latest_page(reader: ConversationReader, limit: int) -> Page:
    """The last messages of the conversation."""
    return page_before(reader, ANY_ID, limit)


def page_after(reader: ConversationReader, id_: LogId, limit: int) -> Page:
    """The first messages after `id_`."""
    with snapshot(by_index=True):
        return Page(*_read_page(reader, (id_, ANY_ID), limit))


def page_around(reader: ConversationReader, id_: LogId, limit: int) -> Page:
    """The message `id_` between those before and after it, about as many of the one as of the other. Whether
    there are more is said of both directions together."""
    with snapshot(by_index=True):
        older, more_before = _read_page(reader, (0, id_), limit // 2, newest_first=True)
        newer, more_after = _read_page(reader, (id_ - 1, ANY_ID), limit - limit // 2)
    return Page(older[::-1] + newer, more_before or more_after)


def page_since(reader: ConversationReader, second: int, limit: int) -> Page:
    """Return `page_around` the first message of this second or later; the last messages if there is none."""
    first = last_id_before(second)
    return latest_page(reader, limit) if first is None else page_around(reader, first + 1, limit)


def messages_with_ids(userid: str, ids: list[LogId], *, hides: bool = True) -> list[CurrentMessage]:
    """The messages with these ids, newest first: as many as fill a page. `hides`: see ConversationReader."""
    if not ids:
        return []
    rows = Message.objects.filter(ARE_MESSAGES, pk__in=ids).order_by("-id")
    rows = _not_hidden(rows, userid) if hides else rows
    with snapshot():
        items, _ = _as_items(userid, *fill_page(outlines(rows, len(ids), newest_first=True), len(ids)))
    return [item for item in items if isinstance(item, CurrentMessage)]


def _read_page(
    reader: ConversationReader, span: tuple[LogId, LogId], limit: int, *, newest_first: bool = False
) -> tuple[list[Item], bool]:
    """The first messages with ids between those of `span`, in the direction that is asked for."""
    if limit < 1:
        return [], False
    span = (max(span[0], reader.cleared_id), span[1])
    sources = _sources(reader, span, newest_first=newest_first)

    def read(rows: QuerySet[Message]) -> Iterator[Fields]:
        return outlines(rows, limit + 1, newest_first=newest_first)

    # Periods follow each other, and a later one is only looked into if those before do not fill the page.
    matches = chain.from_iterable(
        merged([read(rows) for rows in some], newest_first=newest_first) for some in sources
    )
    return _as_items(reader.userid, *fill_page(matches, limit))


def _sources(
    reader: ConversationReader, span: tuple[LogId, LogId], *, newest_first: bool
) -> Iterator[list[QuerySet[Message]]]:
    """Messages in the order of their ids: to the other person and from that one, or of each period in which
    the person was in the group. Of files, each kind by itself, as the indexes have them."""
    userid, peer, *_ = reader
    order = "-id" if newest_first else "id"
    querysets = [rows.order_by(order) for rows in _querysets(reader)]
    if reader.hides:
        querysets = [_not_hidden(rows, userid) for rows in querysets]
    if isinstance(peer, int):
        for since, until in _periods(userid, peer, span, newest_first=newest_first):
            start, end = max(since, span[0] + 1), min(until, span[1])
            yield [_rows_in_period(rows.filter(group=peer), start, end, since) for rows in querysets]
        return
    yield [
        rows.filter(id__gt=span[0], id__lt=span[1], sender=sender, recipient=recipient)
        for rows in querysets
        for sender, recipient in dict.fromkeys([(userid, peer), (peer, userid)])
    ]


def _querysets(reader: ConversationReader) -> list[QuerySet[Message]]:
    table = Message._meta.db_table
    if reader.kinds:
        files = Message.objects.filter(reader.condition).extra(where=[IS_FILE.format(table=table)])
        return [files.filter(kind=kind) for kind in reader.kinds]
    return [Message.objects.filter(reader.condition).extra(where=[NO_AMENDMENT.format(table=table)])]


def _not_hidden(rows: QuerySet[Message], userid: str) -> QuerySet[Message]:
    id_ = f"{Message._meta.db_table}.id"
    return rows.extra(where=[NOT_HIDDEN.format(user="%s", id=id_)], params=[userid])


def _rows_in_period(rows: QuerySet[Message], first: LogId, end: LogId, since: LogId) -> QuerySet[Message]:
    """Those from `first` on and before `end`, of a period that begins at `since`. What stands there is the
    notice of it, or a message that does not belong to it."""
    return rows.filter(Q(id__gt=since) | Q(kind=MEMBERSHIP), id__gte=first, id__lt=end)


def _periods(
    userid: str, group_id: int, span: tuple[LogId, LogId], *, newest_first: bool
) -> Iterator[tuple[LogId, LogId]]:
    """What the person may read of the group, as far as it reaches into `span`, without those periods in which
    nothing was written."""
    periods = Membership.objects.filter(group=group_id, user=userid, last_id__gt=F("since_id"))
    reaching = with_begins(periods).filter(last_id__gt=span[0], begins_id__lt=span[1])
    spans = disjoint(reaching.values_list("begins_id", "until_id"))
    yield from reversed(spans) if newest_first else spans


def _as_items(userid: str, rows: list[Row], more: bool) -> tuple[list[Item], bool]:
    """The messages as they are now, and notices as they are. With longer contents or many reactions there are
    fewer of them."""
    ids = [row.id for row in rows if isinstance(row, Entry)]
    now, reactions = latest_of(ids, userid, stars=True), reactions_of(ids, userid)
    results = results_of((row for row in rows if isinstance(row, Entry)), userid)
    previews = _previews_of([id_ for id_ in ids if _is_as_sent(now.get(id_, AS_SENT))])
    items: list[Item] = []
    room = PAGE_CHARACTERS
    for row in rows:
        if isinstance(row, MembershipNotice | GroupChange):
            items.append(row)
        if isinstance(row, Entry):
            message = _as_now(row, now.get(row.id, AS_SENT), reactions.get(row.id, NONE))
            message = message._replace(preview=previews.get(row.id))
            if row.id in results and not message.recalled:
                message = message._replace(results=results[row.id])
            items.append(message)
            room -= (
                len(message.entry.content)
                + len(message.entry.details)
                + _reaction_characters(message.reactions)
            )
        if room < 0:
            break
    return items, more or len(items) < len(rows)


def _previews_of(ids: list[LogId]) -> dict[LogId, Mapping[str, str]]:
    """What pages say of themselves to which these messages link."""
    if not settings.IM66.link_previews:
        return {}
    return {id_: preview.fields for id_, preview in LinkPreview.objects.in_bulk(ids).items()}


def _is_as_sent(now: Latest) -> bool:
    return now.edited is None and now.recalled is None


def _reaction_characters(reactions: Reactions) -> int:
    return sum(len(emoji) + sum(map(len, userids)) for emoji, userids in reactions.userids.items())


def _as_now(entry: Entry, now: Latest, reactions: Reactions) -> CurrentMessage:
    if now.recalled is not None:
        return CurrentMessage(
            entry._replace(content="", extension="", details=""), True, None, NONE, now.by_desk
        )
    return CurrentMessage(edited(entry, now), False, now.edited, reactions, starred=now.starred)
