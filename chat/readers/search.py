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

# So many documents are asked of the index at first, and so many texts are read at once.
BATCH_SIZE = 60
# What one search may take. The client asks again from where it stopped.
MAX_TEXTS, MAX_CHARACTERS = 5000, 4_000_000
MAX_CPU_SECONDS, MAX_SECONDS = 0.04, 1.0
# What so many texts have as a whole word is looked for as a whole word only: they fill pages, and to look up
# what begins so takes the longer the more they are.
MIN_TEXTS_OF_COMMON_WORD = 200
# So many messages with a value attached are looked at.
MAX_CUSTOM_MATCHES = 1000
# The index is asked for so many groups at once.
MAX_GROUPS_PER_QUERY = 200
# Written by hand, because to make them takes longer than to answer them.
_TEXTS = f" FROM {Message._meta.db_table} WHERE kind IN ({', '.join(map(repr, TEXTS))}) AND id "
_FIELDS = "SELECT id, kind, sender_id, recipient_id, group_id, "
# Of some kinds, what they say is in their details as well.
_SEARCHED = f"content, CASE WHEN kind IN ({', '.join(map(repr, SEARCHABLE_DETAILS))}) THEN details END"
# Of an erased text, there is nothing to be found, whatever the index says.
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
    """The person may read what lies between these rows of a group."""

    since: LogId
    until: LogId


class _Text(NamedTuple):
    """A text as it was sent. `content`: None if it was not read. `details`: of a card, if it was read."""

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
    """`ids`: of the texts, newest first. `before`: the row before which to search on; None if there is
    nothing more."""

    ids: list[LogId]
    before: LogId | None = None


class Budget:
    """What one search may take: texts, characters that are compared, and time, of the processor and by the
    clock. It belongs to one thread."""

    def __init__(self) -> None:
        self.texts = 0
        self._characters = MAX_CHARACTERS
        self._until, self._cpu_until = monotonic() + MAX_SECONDS, thread_time() + MAX_CPU_SECONDS

    def take(self, content: str | None) -> None:
        """One text, and what is compared of it."""
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
    """The newest texts that have everything of `text` and that the person may read.

    `peer`, `sender`: only in this conversation, only from this person. `before`: only before this row.
    `kind`: only of this one; only kinds that are texts are indexed. Case and width make no difference. A
    word must be whole, but the last one may be the beginning of a word, unless a sign follows it,
    MIN_TEXTS_OF_COMMON_WORD have it as a whole word or too much begins so. In scripts without spaces between words, any
    part is found.
    An edited text is found by what it says now. What was written in the last second or so may not be found
    yet.

    A search stops when its budget is used up, so it may find fewer than `limit`, or none, and there may be
    more. Raises DatabaseError.
    """
    if kind is not None and kind not in TEXTS:
        return SearchMatches([])
    return _search(_SearchScope(userid, peer, sender, kind), text, before, limit)


def search_group(
    group: int, text: str, *, sender: str | None = None, before: LogId | None = None, limit: int = 50
) -> SearchMatches:
    """The same in all that was ever written to a group, for people who may read all of it."""
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
    """The newest messages of any kind in the conversation that have the value attached under this name, and
    that the person may read. Looks at MAX_CUSTOM_MATCHES of them at most."""
    ids: list[LogId] = []
    end, left = ANY_ID if before is None else before, MAX_CUSTOM_MATCHES
    place, cleared = place_of(userid, peer), cleared_of(userid, peer)
    while left > 0 and (some := newest_with(place, name, value, end, BATCH_SIZE)):
        for message in _readable_now(userid, [id_ for id_ in some if id_ > cleared]):
            if (name, value) not in searchable(custom_in(message.details)):
                continue  # as the person may know it
            if sender in (None, message.sender) and kind in (None, message.kind):
                if len(ids) == limit:
                    return SearchMatches(ids, ids[-1])
                ids.append(message.id)
        end, left = some[-1], left - len(some)
    return SearchMatches(ids, None if left > 0 else end)


def _readable_now(userid: str, ids: Sequence[LogId]) -> Iterator[Entry]:
    """Those of the messages that the person may read, as they are now."""
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
    # Where the index is behind the log there is nothing to find, and a long way to go.
    end = cursor_of(SearchIndex.name) + 1
    # The same for all pages, so not from `before` on.
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
    """Rows before that one, newest first, and whether each is found. What is left out between them is not to
    be found."""
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
    """Where a search looks: what of the person's conversations it asks the index for, and what of the answer
    the person may read.

    The index knows groups, not membership periods. A group that gave texts from outside the periods is left
    out until the search is back to the end of a period. So a group that goes on without the person does not
    hold up the search of the others.
    """

    def __init__(
        self, userid: str, peer: Recipient | None, sender: str | None, kind: str | None = None
    ) -> None:
        self.userid = userid
        # As far as whom edits are read; None: all of them.
        self.reader: str | None = userid
        self._peer = peer
        self._sender = sender
        # Up to where the person has cleared each.
        self._cleared: dict[Recipient, LogId] = {
            other or group: id_ for other, group, id_ in fetch(_CLEARED, userid)
        }
        self._kind = kind
        self._periods = _periods_of(userid, peer, self._cleared) if not isinstance(peer, str) else {}
        # The groups that are left out, and from which row on they are asked for again; 0 is never.
        self._skipped_groups: dict[int, LogId] = {}

    def index_queries(self) -> list[Query]:
        """What has to be asked of the index: the words for where and from whom."""
        of_all = [] if self._sender is None else [sender_word(self._sender)]
        if isinstance(self._peer, str):
            other = TO_ONESELF if self._peer == self.userid else reader_word(self._peer)
            return [Query([*of_all, other], [reader_word(self.userid)])]
        searched = [
            reader_word(group) for group in sorted(self._periods) if group not in self._skipped_groups
        ]
        words = searched if self._peer is not None else [reader_word(self.userid), *searched]
        return [
            Query(of_all, words[at : at + MAX_GROUPS_PER_QUERY])
            for at in range(0, len(words), MAX_GROUPS_PER_QUERY)
        ]

    def next_group_end(self) -> LogId:
        """The row down to which the same may be asked."""
        return max(self._skipped_groups.values(), default=0)

    def resume_groups(self, before: LogId) -> None:
        """The search has come down to this row."""
        self._skipped_groups = {
            group: id_ for group, id_ in self._skipped_groups.items() if id_ < before - 1 or not id_
        }

    def includes(self, text: _Text) -> bool:
        """Whether the person asked for texts from there, and may read this one."""
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
    """All of a group, from its beginning on."""

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
    """Each of the texts, and whether it is to be read and has what is wanted, as it is now. `compares`: what
    the index says of their words is not enough."""
    for at in range(0, len(ids), BATCH_SIZE):
        some = ids[at : at + BATCH_SIZE]
        texts, latest = _texts(some, compares), latest_of(some, scope.reader)
        for id_ in some:
            now, text = latest.get(id_), texts.get(id_)
            is_gone = now and (now.hidden or now.recalled is not None)
            if text is None or is_gone or not scope.includes(text):
                budget.take(None)
                yield id_, False
            else:
                content = _current_text(text, now)
                budget.take(content)
                # Of a text that was never edited, the index knows the words.
                yield id_, terms.match(content) if content is not None else True


def _current_text(text: _Text, now: Latest | None) -> str | None:
    """Of a text that was edited: the index may know of an edit that the person may not read."""
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
