"""Finds messages for the list, page by page, without counting.

Each page reads the newest messages of one index (of a person, a group, a conversation, or all) and keeps
those that match. It reads at most MAX_EXAMINED of them, so rare messages may need several pages.
"""

from collections.abc import Collection, Iterable, Iterator
from heapq import merge
from itertools import islice
from typing import NamedTuple

from django.db.models import QuerySet
from django.http import QueryDict

from accounts.api.fields import id_in
from accounts.services import desk_userids
from chat.protocol.kinds import KINDS, TEXTS
from chat.readers.search import Budget, search, search_group
from chat.readers.words import SearchTerms
from log import positions
from log.group_models import ANY_ID
from log.models import Message
from log.rows import NO_MESSAGES, LogId
from moderation.desk.audit_log import parse_desk_time
from moderation.desk.paging import ROWS
from moderation.models import Complaint, Report

MAX_EXAMINED = 2000
# If a page has fewer characters than this, the next one has twice as many messages.
SHORT_CHARACTERS = 100_000
# Only the messages of the last MAX_REPORTS reports count as reported or flagged.
MAX_REPORTS = 2000
REPORTED, FLAGGED = "reported", "flagged"
# Messages that the desk itself has sent.
NOTICES = "notices"


class MessageQuery(NamedTuple):
    """The filters of the list. `person`: the sender; with `peer`, the conversation of both. `only`: REPORTED,
    FLAGGED or NOTICES; notices are left out otherwise. `after`, `before`: exclusive bounds of the log id."""

    person: str = ""
    peer: str = ""
    group: int | None = None
    kind: str = ""
    text: str = ""
    only: str = ""
    after: LogId = 0
    before: LogId = ANY_ID


class MessagePage(NamedTuple):
    """`ids`: messages, latest first. `next_before`: the next page is before this log id; None if there is no
    next page. `looked_at`: how many were read, if MAX_EXAMINED was reached; otherwise 0."""

    ids: list[LogId]
    next_before: LogId | None
    looked_at: int = 0


class _MessageRow(NamedTuple):
    id: LogId
    kind: str
    sender: str
    recipient: str | None
    group: int | None


def query_from(params: QueryDict) -> MessageQuery:
    """Return the filters of the list's form."""
    since, until = parse_desk_time(params.get("since", "")), parse_desk_time(params.get("until", ""))
    after = positions.last_id_before(int(since.timestamp())) if since else 0
    upto = positions.last_id_before(int(until.timestamp())) if until else None
    before = id_in(params.get("before")) or ANY_ID
    return MessageQuery(
        person=params.get("person", "").strip(),
        peer=params.get("with", "").strip(),
        group=id_in(params.get("group")),
        kind=params.get("kind", ""),
        text=params.get("q", "").strip(),
        only=params.get("only", ""),
        # There are no messages after a future time.
        after=ANY_ID if after is None else after,
        before=before if upto is None else min(before, upto + 1),
    )


def find_messages(query: MessageQuery) -> MessagePage:
    """Return the requested page of messages. It includes private ones, but a text search finds only messages
    whose content the moderator may read."""
    if query.only in (REPORTED, FLAGGED):
        return _matching_page(_rows_of_ids(_reported_ids(query.only), query), query)
    if query.text:
        return _search(query)
    return _matching_page(_newest(_sources(query)), query)


def _matching_page(rows: Iterable[_MessageRow], query: MessageQuery) -> MessagePage:
    looked = list(islice(rows, MAX_EXAMINED + 1))
    ids = [row.id for row in looked[:MAX_EXAMINED] if _matches(row, query)]
    if len(ids) > ROWS:
        return MessagePage(ids[:ROWS], ids[ROWS - 1])
    if len(looked) > MAX_EXAMINED:
        return MessagePage(ids, looked[MAX_EXAMINED - 1].id, MAX_EXAMINED)
    return MessagePage(ids, None)


def _matches(row: _MessageRow, query: MessageQuery) -> bool:
    is_kind = row.kind == query.kind if query.kind in KINDS else row.kind not in NO_MESSAGES
    people = {row.sender, row.recipient}
    is_notice = row.sender in desk_userids()
    return (
        is_kind
        and (is_notice == (query.only == NOTICES) or query.person == row.sender or bool(query.peer))
        and (not query.person or query.person == row.sender or (bool(query.peer) and query.person in people))
        and (not query.peer or query.peer in people)
        and query.group in (None, row.group)
    )


def _sources(query: MessageQuery) -> list[QuerySet[Message]]:
    """Return one query per index that is needed."""
    rows = Message.objects.filter(id__gt=query.after, id__lt=query.before)
    if query.person and query.peer:
        pairs = {(query.person, query.peer), (query.peer, query.person)}
        return [rows.filter(sender=sender, recipient=recipient) for sender, recipient in sorted(pairs)]
    if query.person:
        return [rows.filter(sender=query.person)]
    if query.group is not None:
        return [rows.filter(group=query.group)]
    return [rows]


def _newest(sources: Collection[QuerySet[Message]]) -> Iterator[_MessageRow]:
    return merge(*map(_read_rows, sources), key=lambda row: row.id, reverse=True)


def _read_rows(rows: QuerySet[Message]) -> Iterator[_MessageRow]:
    fields = rows.order_by("-id").values_list("id", "kind", "sender_id", "recipient_id", "group_id")
    # The first rows usually fill a page.
    first = list(fields[: 2 * ROWS])
    yield from map(_MessageRow._make, first)
    if len(first) == 2 * ROWS:
        yield from map(_MessageRow._make, fields.filter(id__lt=first[-1][0])[: MAX_EXAMINED + 1])


def _rows_of_ids(ids: Collection[LogId], query: MessageQuery) -> Iterator[_MessageRow]:
    rows = Message.objects.filter(pk__in=ids, id__gt=query.after, id__lt=query.before)
    fields = rows.order_by("-id").values_list("id", "kind", "sender_id", "recipient_id", "group_id")
    yield from map(_MessageRow._make, fields)


def _reported_ids(only: str) -> set[LogId]:
    """Return the messages of the last MAX_REPORTS reports, or only of those filed by rules."""
    if only == REPORTED:
        reports = Report.objects.order_by("-pk").values_list("target", flat=True)
        targets = set(reports[:MAX_REPORTS])
    else:
        complaints = Complaint.objects.order_by("-pk").values_list("rule", "report__target")
        targets = {target for rule, target in complaints[:MAX_REPORTS] if rule is not None}
    return {int(target[2:]) for target in targets if target.startswith("m:")}


def _search(query: MessageQuery) -> MessagePage:
    """Search by words: in the search index if there is a person or a group, otherwise in the newest group
    messages."""
    if query.person and query.peer:
        results = search(query.person, query.text, peer=query.peer, before=query.before, limit=ROWS)
    elif query.group is not None:
        sender = query.person or None
        results = search_group(query.group, query.text, sender=sender, before=query.before, limit=ROWS)
    elif query.person:
        results = search(query.person, query.text, sender=query.person, before=query.before, limit=ROWS)
    else:
        return _scan_newest(query)
    rows = _rows_of_ids(results.ids, query)
    ids = [row.id for row in rows if _may_find(row, query) and _matches(row, query)]
    has_more = results.before is not None and results.before > query.after
    return MessagePage(ids, results.before if has_more else None)


def _may_find(row: _MessageRow, query: MessageQuery) -> bool:
    """Return whether a text search may find it: a search in private messages counts as reading them."""
    return row.group is not None or bool(query.peer)


def _scan_newest(query: MessageQuery) -> MessagePage:
    words, budget = SearchTerms.of(query.text), Budget()
    rows = Message.objects.filter(id__gt=query.after, id__lt=query.before).order_by("-id")
    ids: list[LogId] = []
    for id_, kind, group, content in _read_contents(rows):
        is_read = kind in TEXTS and group is not None
        budget.take(content if is_read else None)
        if is_read and words.match(content):
            ids.append(id_)
        if len(ids) == ROWS or budget.texts == MAX_EXAMINED or budget.is_used_up:
            return MessagePage(ids, id_, budget.texts)
    return MessagePage(ids, None, budget.texts)


def _read_contents(rows: QuerySet[Message]) -> Iterator[tuple[LogId, str, int | None, str]]:
    """Read rows in batches that grow while their contents are short."""
    fields, before, size = rows.values_list("id", "kind", "group_id", "content"), ANY_ID, ROWS
    while page := list(fields.filter(id__lt=before)[:size]):
        yield from page
        before = page[-1][0]
        if sum(len(content) for *_, content in page) < SHORT_CHARACTERS:
            size = min(2 * size, MAX_EXAMINED)
