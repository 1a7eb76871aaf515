"""What became of messages: recalled, edited. A message is given out as it is now."""

from bisect import bisect_left
from collections.abc import Collection, Iterator
from typing import NamedTuple

from django.db.models import QuerySet

from accounts.statements import among, fetch
from log import periods as reading_periods
from log.cards import full_text
from log.details import as_silent, is_silent
from log.models import Hidden, Membership, Message, Star
from log.periods import disjoint, with_begins
from log.rows import EDIT, REACTION, RECALL, Entry, LogId, Row, Served, Withheld, Written
from log.stored_rows import ERASED, OF_DESK, OFF


class Latest(NamedTuple):
    """What a message is now. `recalled`, `edited`: the rows that did it last. `content`: what the edit says;
    None if there is none, or the message is recalled. `by_desk`: a moderator has recalled it. `details`:
    those of the edit. `hidden`, `starred`: its reader has hidden or starred it."""

    recalled: LogId | None = None
    edited: LogId | None = None
    content: str | None = None
    by_desk: bool = False
    details: str = ""
    hidden: bool = False
    starred: bool = False


AS_SENT = Latest()
# Instead of a kind of rows.
_HIDDEN, _STARRED = "hidden", "starred"


class Recall(NamedTuple):
    """By which row a message was recalled, and by whom: the `sender` of that row, or a moderator.
    `is_erased`: for good."""

    id: LogId
    sender: str
    by_desk: bool
    is_erased: bool


class Edit(NamedTuple):
    """The last edit of a message, and what it says."""

    id: LogId
    content: str
    details: str = ""


class _Ends(NamedTuple):
    """The first and the last row of a kind about the message `target`."""

    target: LogId
    kind: str
    group: int | None
    first: LogId
    last: LogId


# For each group the ids between which somebody may read, in their order.
Spans = dict[int, reading_periods.Spans]


def not_recalled(message: str, id_: str = "id") -> str:
    """In SQL, that the message of this name is not recalled. `id_`: the column with its id."""
    # Not NOT EXISTS, which PostgreSQL turns into a join that may read the whole log; and not only `= 'off'`,
    # which it takes to be true of almost none, so that it would read and sort all rows.
    return (
        f"CASE WHEN COALESCE((SELECT later.extension FROM {Message._meta.db_table} AS later"
        f" WHERE later.target = {message}.{id_} AND later.kind = '{RECALL}'"
        f" ORDER BY later.id DESC LIMIT 1), '{OFF}') = '{OFF}' THEN 1 ELSE 0 END <> 0"
    )


def latest_of(
    ids: Collection[LogId], reader: str | None = None, *, stars: bool = False
) -> dict[LogId, Latest]:
    """Those of the messages that are recalled or edited, as far as `reader` may know: former members of a
    group learn of recalls, but not of later edits. If `reader` may know none of its edits, a message is
    AS_SENT. None: as it is."""
    ends_of_all = _ends_of(ids, RECALL, EDIT, reader=reader, stars=stars) if ids else []
    if not ends_of_all:
        return {}  # as is usual, and queries that are not asked take time too
    recalled = recalls_of({ends.target for ends in ends_of_all if ends.kind == RECALL})
    edits = [ends for ends in ends_of_all if ends.kind == EDIT and ends.target not in recalled]
    edited = _known_to(reader, edits)
    contents = _contents_of(edited.values())
    latest = dict.fromkeys((ends.target for ends in edits), AS_SENT)
    latest |= {target: _edited_by(edit, contents.get(edit)) for target, edit in edited.items()}
    latest |= {
        target: Latest(recalled=recall.id, by_desk=recall.by_desk) for target, recall in recalled.items()
    }
    hidden, starred = (
        {ends.target for ends in ends_of_all if ends.kind == kind}.intersection(ids)
        for kind in (_HIDDEN, _STARRED)
    )
    for id_ in hidden | starred:
        latest[id_] = latest.get(id_, AS_SENT)._replace(hidden=id_ in hidden, starred=id_ in starred)
    return latest


def recalls_of(ids: Collection[LogId]) -> dict[LogId, Recall]:
    """Those of the messages that are recalled: by the first row after they were restored last."""
    recalls: dict[LogId, Recall] = {}
    rows = _about(ids, RECALL).order_by("id").values_list("target", "id", "sender_id", "extension")
    for target, id_, sender, extension in rows if ids else ():
        assert target is not None
        assert sender is not None
        if extension == OFF:
            recalls.pop(target, None)
        else:
            before = recalls.get(target)
            recalls[target] = _recalled(
                before, Recall(id_, sender, extension in OF_DESK, extension == ERASED)
            )
    return recalls


def _recalled(before: Recall | None, now: Recall) -> Recall:
    """The recall by both rows: a repeated recall is answered with the first."""
    if before is None or now.is_erased:
        return now
    return before


def edits_of(ids: Collection[LogId]) -> dict[LogId, str]:
    """All that people read of those of the messages that were edited, also if they are recalled."""
    return {target: full_text(edit.content, edit.details) for target, edit in last_edits_of(ids).items()}


def last_edits_of(ids: Collection[LogId]) -> dict[LogId, Edit]:
    """Of those of the messages that were edited, also if they are recalled."""
    last = {ends.target: ends.last for ends in _ends_of(ids, EDIT)} if ids else {}
    contents = _contents_of(last.values())
    return {target: Edit(edit, *contents[edit]) for target, edit in last.items()}


def edited(entry: Entry, now: Edit | Latest | None) -> Entry:
    """The message as the edit leaves it; as it was sent, without one."""
    if now is None or now.content is None:
        return entry
    details = as_silent(now.details) if is_silent(entry.details) else now.details
    return entry._replace(content=now.content, details=details)


def _about(ids: Collection[LogId], *kinds: str) -> QuerySet[Message]:
    return Message.objects.filter(target__in=ids, kind__in=kinds)


def _ends_of(
    ids: Collection[LogId], *kinds: str, reader: str | None = None, stars: bool = False
) -> list[_Ends]:
    """With what `reader` has hidden and, with `stars`, starred among them, and perhaps between them."""
    # There is no limit to how many edits there are of one message, so they are not read. By hand, because
    # every page asks this, and to make the statement takes longer than to answer it.
    listed, params = among(ids)
    of_kinds = ", ".join(["%s"] * len(kinds))
    statement = (
        f"SELECT target, kind, group_id, MIN(id), MAX(id) FROM {Message._meta.db_table}"
        f" WHERE target {listed} AND kind IN ({of_kinds}) GROUP BY target, kind, group_id"
    )
    params = [*params, *kinds]
    if reader is not None:
        # In one statement. Most people have hidden nothing, and to look for a span takes less than for ids.
        own = [_AND_HIDDEN, _AND_STARRED] if stars else [_AND_HIDDEN]
        statement += "".join(own)
        params += [reader, min(ids), max(ids)] * len(own)
    return [_Ends(*fields) for fields in fetch(statement, *params)]


_AND_HIDDEN, _AND_STARRED = (
    f" UNION ALL SELECT message_id, '{kind}', NULL, message_id, message_id FROM {model._meta.db_table}"
    " WHERE user_id = %s AND message_id BETWEEN %s AND %s"
    for kind, model in ((_HIDDEN, Hidden), (_STARRED, Star))
)


def _known_to(reader: str | None, edits: list[_Ends]) -> dict[LogId, LogId]:
    """For each message the last edit that the reader may know of."""
    spans = spans_of(reader, {ends.group for ends in edits if ends.group is not None})
    known = {ends.target: ends.last for ends in edits if is_known(ends.last, ends.group, spans)}
    unknown = {ends.target for ends in edits}.difference(known)
    earlier = _about(unknown, EDIT).order_by("id").values_list("target", "id", "group_id")
    for target, id_, group in earlier if unknown else ():
        assert target is not None
        if is_known(id_, group, spans):
            known[target] = id_
    return known


def spans_of(reader: str | None, groups: Collection[int]) -> Spans | None:
    """What the reader may read of these groups; None for somebody who may know everything."""
    if reader is None or not groups:
        return None
    periods = with_begins(Membership.objects.filter(user=reader, group__in=groups, last_id__gt=0))
    spans: dict[int, list[tuple[LogId, LogId | None]]] = {}
    for group, start, end in periods.values_list("group_id", "begins_id", "until_id"):
        spans.setdefault(group, []).append((start, end))
    return {group: disjoint(ends) for group, ends in spans.items()}


def is_known(id_: LogId, group: int | None, spans: Spans | None) -> bool:
    """Whether somebody with these membership periods may know of the row."""
    if group is None or spans is None:
        return True
    of_group = spans.get(group, [])
    # The last one that began before. There may be thousands.
    at = bisect_left(of_group, (id_, 0)) - 1
    return at >= 0 and id_ < of_group[at][1]


def _contents_of(ids: Collection[LogId]) -> dict[LogId, tuple[str, str]]:
    """What the rows say, and their details."""
    rows = Message.objects.filter(pk__in=ids).values_list("pk", "content", "details") if ids else ()
    return {id_: (content, details or "") for id_, content, details in rows}


def _edited_by(edit: LogId, fields: tuple[str, str] | None) -> Latest:
    return Latest(edited=edit) if fields is None else Latest(None, edit, fields[0], details=fields[1])


def count_changes(userid: str, target: LogId, kind: str, most: int) -> int:
    """How often the person has done this to the message; at most `most`."""
    return Message.objects.filter(target=target, kind=kind, sender=userid)[:most].count()


def as_now(rows: Collection[Row], reader: str) -> Iterator[Served]:
    """The rows, with the messages among them as they are now for `reader`. One that is recalled, or that the
    reader has hidden, is withheld, and so is each edit that says what the message says no more, whatever
    restored it before, and a reaction that was erased."""
    latest = latest_of({row.shows for row in rows if isinstance(row, Written) and row.shows}, reader)
    for row in rows:
        yield _as_now(row, latest.get(row.shows, AS_SENT)) if isinstance(row, Written) else row


def _as_now(row: Written, now: Latest) -> Served:
    if now.hidden or now.recalled is not None:
        return Withheld(row.id)
    if isinstance(row, Entry):
        return edited(row, now)
    is_erased = row.kind == REACTION and row.is_on and not row.content
    return Withheld(row.id) if is_erased or (row.kind == EDIT and now.edited != row.id) else row
