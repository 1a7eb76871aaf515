"""The search index on PostgreSQL: a tsvector with GIN for each document.

A lexeme is a place together with a word, or a place together with a block: a range of ids. GIN returns all
matches, in no order. So the newest blocks of the places are queried first: a common word is found in few
blocks, and a rare word has few matches in all of them.

Words and blocks are two conditions, each of few places. Then GIN walks through the lists of the words, and
skips through those of the blocks. With a single condition it walks through all lists, and takes twenty times
as long.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import accumulate, chain, takewhile
from typing import Any, NamedTuple
from weakref import WeakSet

from django.db import OperationalError, connection, transaction

from chat.readers.entries import TooCommon, entries, entry, has_prefix, quoted
from log.rows import LogId

TABLE = "chat_search"
# The index, as the migration makes it. Bulk loads drop it and create it again.
INDEX = "chat_search_words"
MAKE_INDEX = f"CREATE INDEX IF NOT EXISTS {INDEX} ON {TABLE} USING gin (words) WITH (fastupdate = off)"
DROP_INDEX = f"DROP INDEX IF EXISTS {INDEX}"
# The sizes of blocks: 2 ** bits ids.
_BLOCK_BITS = (11, 13, 15, 17)
# The block size (bits) and the number of blocks of each query in turn. Older ids are queried without blocks.
_TIERS = ((11, 2), (13, 2), (15, 2), (17, 2), (17, 4), (17, 8))
# The most tiers to advance after a query, because a few blocks do not show how rare a word is.
_MAX_TIER_STEP = 3
# If there are likely at most this many matches left, they are queried without blocks: their lists are shorter
# than those of the blocks.
_MAX_DOCUMENTS_WITHOUT_BLOCKS = 400
# The conditions of a query. With more places, several places share a condition.
_MAX_CONDITIONS = 4
# For a prefix, GIN collects all matching words before it skips through the blocks.
MAX_MILLISECONDS = 250
_CANCELED = "57014"
_MATCHES = "words @@ %s::tsquery"
# A tsvector has at most 2 ** 20 bytes in PostgreSQL. The rest is for the blocks.
_MAX_BYTES = 1_000_000

# Connections of the driver on which JIT and parallel workers are off. Not set in each search's transaction,
# which would take three more round trips.
_without_jit: WeakSet[Any] = WeakSet()

Documents = Mapping[LogId, tuple[Collection[str], Collection[str]]]


class _IdRange(NamedTuple):
    """The ids from `low` on, and their blocks; no blocks for all remaining ids."""

    low: LogId
    blocks: Sequence[str]


def prepare_replace(removed: Collection[LogId], stored: Documents) -> Callable[[], None]:
    """Return the function that replaces the stored documents."""
    rows = [(id_, lexemes(id_, *stored[id_])) for id_ in sorted(stored)]
    return partial(_store, sorted(removed), rows)


def _store(removed: list[LogId], rows: Sequence[tuple[LogId, list[str]]]) -> None:
    with connection.cursor() as cursor:
        if removed:
            cursor.execute(f"DELETE FROM {TABLE} WHERE id = ANY(%s)", [removed])
        if rows:
            cursor.executemany(_STORE, rows)


def document_text(id_: LogId, places: Collection[str], words: Collection[str]) -> str:
    """Return the document in the text form of a tsvector, for bulk loads."""
    texts = (lexeme.replace("\\", "\\\\").replace("'", "''") for lexeme in lexemes(id_, places, words))
    return " ".join(map(_quoted, texts))


def remove_documents(which: str, params: Sequence[Any]) -> None:
    """Remove the documents whose ids the statement `which` selects."""
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {TABLE} WHERE id IN ({which})", params)


def newest(
    words: Sequence[str], places: Sequence[str], after: LogId, before: LogId, limit: int
) -> list[LogId]:
    """Return the ids of the newest documents in one of the places that have all of the words. Neither may be
    empty. Raise TooCommon, only if one of the words is a prefix."""
    if not has_prefix(words):
        return _newest(words, places, after, before, limit)
    with _statement_timeout():
        return _newest(words, places, after, before, limit)


@contextmanager
def _statement_timeout() -> Iterator[None]:
    """Cancel each statement in the block after MAX_MILLISECONDS. Raise TooCommon then."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = {MAX_MILLISECONDS}")
            yield
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", None) == _CANCELED:
            raise TooCommon from error
        raise


def _newest(
    words: Sequence[str], places: Sequence[str], after: LogId, before: LogId, limit: int
) -> list[LogId]:
    ids: list[LogId] = []
    tier, end = 0, before
    while len(ids) < limit and after + 1 < end:
        portion = _id_range(tier, after, end)
        conditions = [_condition(some, words, portion.blocks) for some in _condition_groups(places)]
        if not portion.blocks:
            _disable_jit_and_workers()
        ids += _select_newest(conditions, portion.low, end, limit - len(ids))
        end = portion.low
        frequency = max(len(ids), 0.5) / (before - end)
        tier = _next_tier(tier, limit - len(ids), frequency, end - after)
    return ids


def _id_range(tier: int, after: LogId, before: LogId) -> _IdRange:
    if tier == len(_TIERS):
        return _IdRange(after + 1, ())
    bits, count = _TIERS[tier]
    last = (before - 1) >> bits
    first = max(last - count + 1, 0)
    return _IdRange(
        max(first << bits, after + 1), [_block(bits, number) for number in range(first, last + 1)]
    )


def _next_tier(tier: int, missing: int, frequency: float, left: int) -> int:
    """Return the tier that likely has the `missing` matches. `frequency`: the share of matches among the ids
    searched so far. `left`: the number of remaining ids."""
    likely = len(_TIERS)
    if frequency * left > _MAX_DOCUMENTS_WITHOUT_BLOCKS:
        sizes = [(count - 1) << bits for bits, count in _TIERS]
        likely = next((index for index, size in enumerate(sizes) if size * frequency >= missing), likely)
    return max(tier, min(likely, tier + _MAX_TIER_STEP))


def _condition_groups(places: Sequence[str]) -> list[Sequence[str]]:
    size = -(-len(places) // _MAX_CONDITIONS)
    return [places[offset : offset + size] for offset in range(0, len(places), size)]


def _condition(places: Sequence[str], words: Sequence[str], blocks: Sequence[str]) -> list[str]:
    """Return the tsqueries that a document must match: all of the words in one of the places, and one of the
    blocks, if there are any."""
    queries = [" | ".join(_all_of(place, words) for place in places)]
    if blocks:
        queries.append(" | ".join(_quoted(entry(place, block)) for place in places for block in blocks))
    return queries


def _all_of(place: str, words: Sequence[str]) -> str:
    return f"({' & '.join(_quoted(entry(place, word)) for word in words)})"


def _select_newest(conditions: Sequence[Sequence[str]], low: LogId, end: LogId, limit: int) -> list[LogId]:
    """Return the ids of the newest documents that meet one of the conditions."""
    one_of = " OR ".join(f"({' AND '.join(_MATCHES for _ in queries)})" for queries in conditions)
    params = chain.from_iterable(conditions)
    with connection.cursor() as cursor:
        # `id + 0` has no index: with `id`, PostgreSQL may walk through the ids instead of using GIN.
        cursor.execute(
            f"SELECT id FROM {TABLE} WHERE ({one_of}) AND id + 0 >= %s AND id + 0 < %s "
            "ORDER BY id + 0 DESC LIMIT %s",
            [*params, low, end, limit],
        )
        return [id_ for (id_,) in cursor.fetchall()]


def _disable_jit_and_workers() -> None:
    """Turn JIT and parallel workers off for this connection. PostgreSQL overestimates queries without blocks,
    and starting these takes longer than the query."""
    if connection.connection not in _without_jit:
        with connection.cursor() as cursor:
            cursor.execute("SET jit = off; SET max_parallel_workers_per_gather = 0")
        _without_jit.add(connection.connection)


def _block(bits: int, number: int) -> str:
    # No word begins with `~`.
    return f"~{bits}~{number}"


def _quoted(lexeme: str) -> str:
    return quoted(lexeme, "'", ":*")


def lexemes(id_: LogId, places: Collection[str], words: Collection[str]) -> list[str]:
    """Return the lexemes of the document."""
    blocks = entries(places, [_block(bits, id_ >> bits) for bits in _BLOCK_BITS])
    return blocks + _that_fit(sorted(entries(places, words), key=len))


def _that_fit(lexemes: Sequence[str]) -> list[str]:
    """Return as many of the first lexemes as fit into one tsvector."""
    lengths = accumulate(len(lexeme.encode()) for lexeme in lexemes)
    fitting = sum(1 for _ in takewhile(lambda length: length <= _MAX_BYTES, lengths))
    return list(lexemes[:fitting])


_STORE = (
    f"INSERT INTO {TABLE} (id, words) VALUES (%s, array_to_tsvector(%s::text[])) "
    "ON CONFLICT (id) DO UPDATE SET words = excluded.words"
)
