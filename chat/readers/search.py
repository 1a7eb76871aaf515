"""Searching the texts that a person may read."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from heapq import merge
from itertools import islice
from typing import NamedTuple

from accounts.statements import among, fetch
from chat.amendments import AS_SENT, latest_of
from chat.models import Message
from chat.protocol.rows import LogId, Recipient
from chat.readers import fulltext
from chat.readers.fulltext import Query
from chat.readers.reader import cursor_of
from chat.readers.search_index import TEXT, TO_ONESELF, SearchIndex, reader_word, sender_word
from chat.readers.words import Wanted
from groups.models import ANY_ID, Membership

# So many documents are asked of the index at once, and a search looks at so many in all.
FIRST, MOST = 60, 5000
# The index is asked for so many groups at once.
GROUPS_AT_ONCE = 200
# Written by hand, because to make them takes longer than to answer them.
_TEXTS = (
    f"SELECT id, sender_id, recipient_id, group_id, content FROM {Message._meta.db_table} WHERE kind = %s"
)
_PERIODS = (
    f"SELECT group_id, since_id, until_id FROM {Membership._meta.db_table}"
    " WHERE user_id = %s AND group_id = COALESCE(%s, group_id)"
)


class Period(NamedTuple):
    """The person may read what lies between these rows of a group."""

    since: LogId
    until: LogId


class _Text(NamedTuple):
    """A text as it was sent."""

    id: LogId
    sender: str
    recipient: str | None
    group: int | None
    content: str


def search(
    userid: str,
    text: str,
    *,
    peer: Recipient | None = None,
    sender: str | None = None,
    kind: str | None = None,
    before: LogId | None = None,
    limit: int = 50,
) -> tuple[list[LogId], bool]:
    """The ids of the newest texts that have everything of `text` and that the person may read, newest first;
    and whether there are more.

    `peer`, `sender`: only in this conversation, only from this person. `before`: only before this row.
    `kind`: only texts are indexed, so nothing has another kind. Case and width make no difference; a word
    must be whole, except in scripts without spaces between words. An edited text is found by what it says
    now. What was written in the last second or so may not be found yet.

    A search gives up after MOST texts that the index names, but that do not have the words together or that
    are not to be read. Raises DatabaseError.
    """
    if kind not in (None, TEXT):
        return [], False
    return _search(_Reach(userid, peer, sender), text, before, limit)


def search_group(
    group: int, text: str, *, sender: str | None = None, before: LogId | None = None, limit: int = 50
) -> tuple[list[LogId], bool]:
    """The same in all that was ever written to a group, for whoever may read all of it."""
    return _search(_Everything(group, sender), text, before, limit)


def _search(reach: "_Reach", text: str, before: LogId | None, limit: int) -> tuple[list[LogId], bool]:
    wanted = Wanted.of(text)
    if not wanted.asked():
        return [], False
    found: list[LogId] = []
    # Where the index is behind the log there is nothing to find, and a long way to go.
    end = cursor_of(SearchIndex.name) + 1
    for id_ in _candidates(reach, wanted, end if before is None else min(before, end)):
        found.append(id_)
        if len(found) > limit:
            break
    return found[:limit], len(found) > limit


def _candidates(reach: "_Reach", wanted: Wanted, before: LogId) -> Iterator[LogId]:
    """What is found before the row, newest first."""
    looked_at, portion = 0, FIRST
    while looked_at < MOST:
        after = reach.wakes_at()
        ids = _newest(reach.asked(), wanted, after, before, portion)
        yield from _readable(ids, reach, wanted)
        looked_at += len(ids)
        is_end = len(ids) < portion
        if is_end and not after:
            return
        before = after + 1 if is_end else ids[-1]
        reach.wake(before)
        portion = min(2 * portion, MOST)


class _Reach:
    """Where a search looks: what of the person's conversations it asks the index for, and what of the answer
    the person may read.

    The index knows groups, not membership periods. A group that gave texts from outside the periods is left
    out until the search is back to the end of a period. So a group that goes on without the person does not
    hold up the search of the others.
    """

    def __init__(self, userid: str, peer: Recipient | None, sender: str | None) -> None:
        self.userid = userid
        # As far as whom edits are read; None: all of them.
        self.reader: str | None = userid
        self._peer = peer
        self._sender = sender
        self._periods = _periods_of(userid, peer) if not isinstance(peer, str) else {}
        # The groups that are left out, and from which row on they are asked for again; 0 is never.
        self._asleep: dict[int, LogId] = {}

    def asked(self) -> list[Query]:
        """What has to be asked of the index: the words for where and from whom."""
        of_all = [] if self._sender is None else [sender_word(self._sender)]
        if isinstance(self._peer, str):
            other = TO_ONESELF if self._peer == self.userid else reader_word(self._peer)
            return [Query([*of_all, other], [reader_word(self.userid)])]
        awake = [reader_word(group) for group in sorted(self._periods) if group not in self._asleep]
        words = awake if self._peer is not None else [reader_word(self.userid), *awake]
        return [Query(of_all, words[at : at + GROUPS_AT_ONCE]) for at in range(0, len(words), GROUPS_AT_ONCE)]

    def wakes_at(self) -> LogId:
        """The row down to which the same may be asked."""
        return max(self._asleep.values(), default=0)

    def wake(self, before: LogId) -> None:
        """The search has come down to this row."""
        self._asleep = {group: id_ for group, id_ in self._asleep.items() if id_ < before - 1 or not id_}

    def has(self, text: _Text) -> bool:
        """Whether the person asked for texts from there, and may read this one."""
        if self._sender not in (None, text.sender):
            return False
        if text.group is None:
            return self._is_between(text)
        if any(since < text.id < until for since, until in self._periods.get(text.group, ())):
            return True
        self._leave_out(text.group, text.id)
        return False

    def _is_between(self, text: _Text) -> bool:
        people = {text.sender, text.recipient}
        return self.userid in people if self._peer is None else people == {self.userid, self._peer}

    def _leave_out(self, group: int, id_: LogId) -> None:
        ends = [until - 1 for _, until in self._periods.get(group, ()) if until <= id_]
        self._asleep[group] = max(ends, default=0)


class _Everything(_Reach):
    """All of a group, from its beginning on."""

    def __init__(self, group: int, sender: str | None) -> None:
        super().__init__("", group, sender)
        self._periods = {group: [Period(0, ANY_ID)]}
        self.reader = None


def _periods_of(userid: str, group: int | None) -> dict[int, list[Period]]:
    periods: dict[int, list[Period]] = {}
    for group_id, since, until in fetch(_PERIODS, userid, group):
        periods.setdefault(group_id, []).append(Period(since, ANY_ID if until is None else until))
    return periods


def _newest(queries: Iterable[Query], wanted: Wanted, after: LogId, before: LogId, limit: int) -> list[LogId]:
    asked = wanted.asked()
    found = [
        fulltext.newest(Query([*query.all_of, *asked], query.one_of), after, before, limit)
        for query in queries
    ]
    return list(islice(merge(*found, reverse=True), limit))


def _readable(ids: Sequence[LogId], reach: _Reach, wanted: Wanted) -> Iterator[LogId]:
    """Those of the texts that are to be read, and that have what is wanted, as they are now."""
    for at in range(0, len(ids), FIRST):
        some = ids[at : at + FIRST]
        texts, latest = _texts(some), latest_of(some, reach.reader)
        for id_ in some:
            now = latest.get(id_, AS_SENT)
            text = texts.get(id_)
            if text is None or not reach.has(text) or now.recalled is not None:
                continue
            if wanted.is_in(text.content if now.content is None else now.content):
                yield id_


def _texts(ids: Collection[LogId]) -> dict[LogId, _Text]:
    listed, params = among(ids)
    texts = map(_Text._make, fetch(f"{_TEXTS} AND id {listed}", TEXT, *params))
    return {text.id: text for text in texts}
