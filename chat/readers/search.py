"""Searching the texts that a person may read."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from heapq import merge
from itertools import islice
from time import monotonic, thread_time
from typing import NamedTuple

from accounts.statements import among, fetch
from chat.protocol import kinds
from chat.protocol.kinds import SEARCHABLE_DETAILS, TEXTS
from chat.readers import fulltext
from chat.readers.entries import TooCommon
from chat.readers.fulltext import Query
from chat.readers.reader import cursor_of
from chat.readers.search_index import TO_ONESELF, SearchIndex, reader_word, sender_word
from chat.readers.words import SearchTerms
from chat.reading.clearing import cleared_of
from chat.reading.selectors import readable_messages
from log.amendments import AS_SENT, Latest, edited, latest_of
from log.custom_values import newest as newest_with
from log.custom_values import place_of, searchable
from log.details import custom_in
from log.group_models import ANY_ID
from log.models import Conversation, Membership, Message
from log.periods import begins
from log.rows import Entry, LogId, Recipient

# The documents of the first index query, and the texts that are read at once.
BATCH_SIZE = 60
# The limits of one search. The client continues from where it stopped.
MAX_TEXTS, MAX_CHARACTERS = 5000, 4_000_000
MAX_CPU_SECONDS, MAX_SECONDS = 0.04, 1.0
# If this many texts have the last word as a whole word, it is not looked up as a prefix: the whole words fill
# pages, and a prefix lookup takes the longer the more there are.
MIN_TEXTS_OF_COMMON_WORD = 200
# The messages that a search for an attached value examines at most.
MAX_CUSTOM_MATCHES = 1000
# The groups in one index query.
MAX_GROUPS_PER_QUERY = 200
# Plain SQL, because building querysets takes longer than the queries.
_TEXTS = f" FROM {Message._meta.db_table} WHERE kind IN ({', '.join(map(repr, TEXTS))}) AND id "
_FIELDS = "SELECT id, kind, sender_id, recipient_id, group_id, "
# Some kinds have text in their details as well.
_SEARCHED = f"content, CASE WHEN kind IN ({', '.join(map(repr, SEARCHABLE_DETAILS))}) THEN details END"
# An erased text never matches, even if it is still in the index.
_ERASED = "CASE content WHEN '' THEN '' END, NULL"
_CLEARED = (
    f"SELECT peer_id, group_id, cleared_id FROM {Conversation._meta.db_table}"
    " WHERE user_id = %s AND cleared_id > 0"
)
_PERIOD = Membership._meta.db_table
_PERIODS = (
    f"SELECT group_id, {begins(_PERIOD)}, until_id FROM {_PERIOD}"
    " WHERE user_id = %s AND group_id = COALESCE(%s, group_id)"
)


class Period(NamedTuple):
    """A span of a group's rows that the person may read. Both bounds are exclusive."""

    since: LogId
    until: LogId


class _Text(NamedTuple):
    """A text as it was sent. `content`: None if it was not read. `details`: of a card, else None."""

    id: LogId
    kind: str
    sender: str
    recipient: str | None
    group: int | None
    content: str | None
    details: str | None

    @property
    def searchable(self) -> str:
        return kinds.searchable_text(self.kind, self.content or "", self.details or "")


class SearchMatches(NamedTuple):
    """`ids`: of the messages, newest first. `before`: the row before which the search continues; None at the
    end."""

    ids: list[LogId]
    before: LogId | None = None


class Budget:
    """The limits of one search: texts, compared characters, CPU time and elapsed time. For one thread."""

    def __init__(self) -> None:
        self.texts = 0
        self._characters = MAX_CHARACTERS
        self._until, self._cpu_until = monotonic() + MAX_SECONDS, thread_time() + MAX_CPU_SECONDS

    def take(self, content: str | None) -> None:
        """Count one text and its compared content."""
        self.texts += 1
        self._characters -= len(content or "")

    @property
    def is_used_up(self) -> bool:
        is_much = self.texts >= MAX_TEXTS or self._characters <= 0
        return is_much or monotonic() >= self._until or thread_time() >= self._cpu_until


def search(
    userid: str,
    text: str,
    *,
    peer: Recipient | None = None,
    sender: str | None = None,
    kind: str | None = None,
    before: LogId | None = None,
    limit: int = 50,
) -> SearchMatches:
    """Find the newest texts that have all words of `text` and that the person may read.

    `peer`, `sender`, `kind`: only in this conversation, from this person, of this kind; only kinds that are
    texts are indexed. `before`: only before this row. Case and width make no difference. Words must match
    whole, but the last one may be a prefix, unless a sign follows it, MIN_TEXTS_OF_COMMON_WORD texts have it
    as a whole word, or the prefix is too common. In scripts without spaces between words, any part matches.
    An edited text is found by its current content. Texts of about the last second may not be found yet.

    The search stops when its Budget is used up. Then it may return fewer than `limit` matches, or none,
    although there are more. Raise DatabaseError.
    """
    if kind is not None and kind not in TEXTS:
        return SearchMatches([])
    return _search(_SearchScope(userid, peer, sender, kind), text, before, limit)


def search_group(
    group: int, text: str, *, sender: str | None = None, before: LogId | None = None, limit: int = 50
) -> SearchMatches:
    """Search all messages ever sent to a group, for callers who may read all of them. See `search`."""
    return _search(_WholeGroup(group, sender), text, before, limit)


def search_custom(
    userid: str,
    peer: Recipient,
    name: str,
    value: str,
    *,
    sender: str | None = None,
    kind: str | None = None,
    before: LogId | None = None,
    limit: int = 50,
) -> SearchMatches:
    """Find the newest messages of any kind in the conversation that have the value attached under this name,
    and that the person may read. Examines at most MAX_CUSTOM_MATCHES of them."""
    ids: list[LogId] = []
    end, left = ANY_ID if before is None else before, MAX_CUSTOM_MATCHES
    place, cleared = place_of(userid, peer), cleared_of(userid, peer)
    while left > 0 and (some := newest_with(place, name, value, end, BATCH_SIZE)):
        for message in _readable_now(userid, [id_ for id_ in some if id_ > cleared]):
            if (name, value) not in searchable(custom_in(message.details)):
                continue  # the version that the person may read has another value
            if sender in (None, message.sender) and kind in (None, message.kind):
                if len(ids) == limit:
                    return SearchMatches(ids, ids[-1])
                ids.append(message.id)
        end, left = some[-1], left - len(some)
    return SearchMatches(ids, None if left > 0 else end)


def _readable_now(userid: str, ids: Sequence[LogId]) -> Iterator[Entry]:
    """Yield the current version of those messages that the person may read."""
    readable, latest = readable_messages(userid, ids), latest_of(ids, userid)
    for id_ in ids:
        now = latest.get(id_, AS_SENT)
        if id_ in readable and not now.hidden and now.recalled is None:
            yield edited(readable[id_], now)


def _search(scope: "_SearchScope", text: str, before: LogId | None, limit: int) -> SearchMatches:
    terms = SearchTerms.of(text)
    if not terms.index_words():
        return SearchMatches([])
    ids: list[LogId] = []
    budget = Budget()
    # Rows after the cursor are not indexed yet.
    end = cursor_of(SearchIndex.name) + 1
    # Not limited by `before`, so that the answer is the same for all pages.
    if terms.prefix and _is_common(scope, terms.whole_words(), end):
        terms = terms.whole_words()
    for row, is_match in _rows(scope, terms, end if before is None else min(before, end), budget):
        if is_match:
            if len(ids) == limit:
                return SearchMatches(ids, ids[-1])
            ids.append(row)
        if budget.is_used_up:
            return SearchMatches(ids, row)
    return SearchMatches(ids)


def _is_common(scope: "_SearchScope", terms: SearchTerms, end: LogId) -> bool:
    queries = [query.and_words(terms.index_words()) for query in scope.index_queries()]
    return len(_newest(queries, 0, end, MIN_TEXTS_OF_COMMON_WORD)) == MIN_TEXTS_OF_COMMON_WORD


def _rows(
    scope: "_SearchScope", terms: SearchTerms, before: LogId, budget: Budget
) -> Iterator[tuple[LogId, bool]]:
    """Yield rows before `before`, newest first, each with whether it matches. Rows that are left out do not
    match."""
    portion = BATCH_SIZE
    while True:
        after = scope.next_group_end()
        queries = [query.and_words(terms.index_words()) for query in scope.index_queries()]
        compares = not (terms.index_decides and all(map(fulltext.uses_all_words, queries)))
        try:
            ids = _newest(queries, after, before, portion)
        except TooCommon:
            terms = terms.whole_words()
            continue
        yield from _check_texts(ids, scope, terms, budget, compares)
        is_end = len(ids) < portion
        if is_end and not after:
            return
        before = after + 1 if is_end else ids[-1]
        yield before, False
        scope.resume_groups(before)
        portion = min(2 * portion, MAX_TEXTS)


class _SearchScope:
    """The scope of a search: the index queries for the person's conversations, and the check whether a text
    that the index returns may be read.

    The index knows groups, not membership periods. A group that returned a text from outside the person's
    periods is skipped until the search has come down to the end of a period. So a group that has many
    messages since the person left does not delay the search of the other groups.
    """

    def __init__(
        self, userid: str, peer: Recipient | None, sender: str | None, kind: str | None = None
    ) -> None:
        self.userid = userid
        # The person whose view of edits applies; None: all edits.
        self.reader: str | None = userid
        self._peer = peer
        self._sender = sender
        # The row up to which the person has cleared each conversation.
        self._cleared: dict[Recipient, LogId] = {
            other or group: id_ for other, group, id_ in fetch(_CLEARED, userid)
        }
        self._kind = kind
        self._periods = _periods_of(userid, peer, self._cleared) if not isinstance(peer, str) else {}
        # The skipped groups, and the row at which each is searched again; 0: never.
        self._skipped_groups: dict[int, LogId] = {}

    def index_queries(self) -> list[Query]:
        """Return the index queries for the places and the sender."""
        of_all = [] if self._sender is None else [sender_word(self._sender)]
        if isinstance(self._peer, str):
            other = TO_ONESELF if self._peer == self.userid else reader_word(self._peer)
            return [Query([*of_all, other], [reader_word(self.userid)])]
        searched = [
            reader_word(group) for group in sorted(self._periods) if group not in self._skipped_groups
        ]
        places = searched if self._peer is not None else [reader_word(self.userid), *searched]
        return [
            Query(of_all, places[offset : offset + MAX_GROUPS_PER_QUERY])
            for offset in range(0, len(places), MAX_GROUPS_PER_QUERY)
        ]

    def next_group_end(self) -> LogId:
        """Return the row down to which the index queries stay the same."""
        return max(self._skipped_groups.values(), default=0)

    def resume_groups(self, before: LogId) -> None:
        """Search the skipped groups again whose row has been reached. `before`: the last row searched."""
        self._skipped_groups = {
            group: id_ for group, id_ in self._skipped_groups.items() if id_ < before - 1 or not id_
        }

    def includes(self, text: _Text) -> bool:
        """Return whether the text is in the scope and the person may read it. If not, skip its group."""
        if self._sender not in (None, text.sender) or self._kind not in (None, text.kind):
            return False
        if text.group is None:
            return self._is_between(text)
        if any(since < text.id < until for since, until in self._periods.get(text.group, ())):
            return True
        self._skip_group(text.group, text.id)
        return False

    def _is_between(self, text: _Text) -> bool:
        other = text.recipient if text.sender == self.userid else text.sender
        if other is not None and text.id <= self._cleared.get(other, 0):
            return False
        people = {text.sender, text.recipient}
        return self.userid in people if self._peer is None else people == {self.userid, self._peer}

    def _skip_group(self, group: int, id_: LogId) -> None:
        ends = [until - 1 for _, until in self._periods.get(group, ()) if until <= id_]
        self._skipped_groups[group] = max(ends, default=0)


class _WholeGroup(_SearchScope):
    """The scope of a group's complete history."""

    def __init__(self, group: int, sender: str | None) -> None:
        super().__init__("", group, sender)
        self._periods = {group: [Period(0, ANY_ID)]}
        self.reader = None


def _periods_of(
    userid: str, group: int | None, cleared: Mapping[Recipient, LogId]
) -> dict[int, list[Period]]:
    periods: dict[int, list[Period]] = {}
    for group_id, since, until in fetch(_PERIODS, userid, group):
        period = Period(max(since, cleared.get(group_id, 0)), ANY_ID if until is None else until)
        if period.since < period.until:
            periods.setdefault(group_id, []).append(period)
    return periods


def _newest(queries: Iterable[Query], after: LogId, before: LogId, limit: int) -> list[LogId]:
    newest = [fulltext.newest(query, after, before, limit) for query in queries]
    return list(islice(merge(*newest, reverse=True), limit))


def _check_texts(
    ids: Sequence[LogId], scope: _SearchScope, terms: SearchTerms, budget: Budget, compares: bool
) -> Iterator[tuple[LogId, bool]]:
    """Yield each of the ids with whether the person may read the text and its current version matches.
    `compares`: the texts must be compared, because the index alone does not decide."""
    for offset in range(0, len(ids), BATCH_SIZE):
        batch = ids[offset : offset + BATCH_SIZE]
        texts, latest = _texts(batch, compares), latest_of(batch, scope.reader)
        for id_ in batch:
            now, text = latest.get(id_), texts.get(id_)
            is_gone = now and (now.hidden or now.recalled is not None)
            if text is None or is_gone or not scope.includes(text):
                budget.take(None)
                yield id_, False
            else:
                content = _current_text(text, now)
                budget.take(content)
                # The content is None if the text was never edited and the index alone decides.
                yield id_, terms.match(content) if content is not None else True


def _current_text(text: _Text, now: Latest | None) -> str | None:
    """Return the current text; None if the index alone decides. An edited text is always compared, because
    the index may have the words of an edit that the person may not read."""
    if now is None:
        return None if text.content is None else text.searchable
    if now.content is not None:
        return kinds.searchable_text(text.kind, now.content, now.details)
    return _texts([text.id], compares=True)[text.id].searchable


def _texts(ids: Collection[LogId], compares: bool) -> dict[LogId, _Text]:
    listed, params = among(ids)
    statement = f"{_FIELDS}{_SEARCHED if compares else _ERASED}{_TEXTS}{listed}"
    texts = map(_Text._make, fetch(statement, *params))
    return {text.id: text for text in texts}
