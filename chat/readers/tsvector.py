"""The search index on PostgreSQL: a tsvector with GIN for each document.

A lexeme is a place together with a word, or a place together with a block. A block is so many ids. GIN gives
all that it finds, in no order. So it is asked for the newest blocks of the places first: what is common there
is found in few of them, and what is rare there is rare in all.
"""

from collections.abc import Collection, Mapping, Sequence
from itertools import accumulate, takewhile
from typing import Any, NamedTuple

from django.db import connection

from chat.protocol.rows import LogId
from chat.readers.entries import entries, entry

TABLE = "chat_search"
# Of each size of block, 2 ** bits ids, two are asked for at once; what is older than these without blocks.
_BITS = (11, 13, 15, 17)
# PostgreSQL takes a tsvector of 2 ** 20 bytes at most. With room for the blocks.
_MOST_BYTES = 1_000_000

Documents = Mapping[LogId, tuple[Collection[str], Collection[str]]]


class _Portion(NamedTuple):
    """The ids from `low` on, and the blocks in which they are; none for all that are left."""

    low: LogId
    blocks: Sequence[str]


def replace(removed: Collection[LogId], stored: Documents) -> None:
    """Store the places and the words of each document, in place of what was stored."""
    with connection.cursor() as cursor:
        if removed:
            cursor.execute(f"DELETE FROM {TABLE} WHERE id = ANY(%s)", [sorted(removed)])
        if stored:
            cursor.executemany(_STORE, [(id_, _lexemes(id_, *stored[id_])) for id_ in sorted(stored)])


def forget(which: str, params: Sequence[Any]) -> None:
    """Remove the documents whose ids a statement selects."""
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {TABLE} WHERE id IN ({which})", params)


def newest(
    words: Sequence[str], places: Sequence[str], after: LogId, before: LogId, limit: int
) -> list[LogId]:
    """The newest documents with all of the words, and in one of the places. Neither may be empty."""
    found: list[LogId] = []
    level, end = 0, before
    while len(found) < limit and after + 1 < end:
        portion = _portion(level, after, end)
        query = " | ".join(_query(place, words, portion.blocks) for place in places)
        found += _ask(query, portion.low, end, limit - len(found))
        end = portion.low
        level = _next_level(level, limit - len(found), len(found), before - end)
    return found


def _portion(level: int, after: LogId, before: LogId) -> _Portion:
    if level == len(_BITS):
        return _Portion(after + 1, ())
    bits = _BITS[level]
    last = (before - 1) >> bits
    first = max(last - 1, 0)
    return _Portion(
        max(first << bits, after + 1), [_block(bits, number) for number in range(first, last + 1)]
    )


def _next_level(level: int, wanted: int, found: int, seen: int) -> int:
    """The size of block in which there is likely as much as is wanted, going by how much was found."""
    ids = wanted * seen / max(found, 0.5)
    return next((at for at in range(level, len(_BITS)) if 2 ** _BITS[at] >= ids), len(_BITS))


def _query(place: str, words: Sequence[str], blocks: Sequence[str]) -> str:
    wanted = [_quoted(entry(place, word)) for word in words]
    if blocks:
        wanted.append(f"({' | '.join(_quoted(entry(place, block)) for block in blocks)})")
    return f"({' & '.join(wanted)})"


def _ask(query: str, low: LogId, end: LogId, limit: int) -> list[LogId]:
    with connection.cursor() as cursor:
        # By an expression that no index has: otherwise PostgreSQL may walk through the ids instead.
        cursor.execute(
            f"SELECT id FROM {TABLE} WHERE words @@ %s::tsquery AND id + 0 >= %s AND id + 0 < %s "
            "ORDER BY id + 0 DESC LIMIT %s",
            [query, low, end, limit],
        )
        return [id_ for (id_,) in cursor.fetchall()]


def _block(bits: int, number: int) -> str:
    # No word begins like this.
    return f"~{bits}~{number}"


def _quoted(lexeme: str) -> str:
    return f"'{lexeme}'"


def _lexemes(id_: LogId, places: Collection[str], words: Collection[str]) -> list[str]:
    blocks = entries(places, [_block(bits, id_ >> bits) for bits in _BITS])
    return blocks + _fitting(sorted(entries(places, words), key=len))


def _fitting(lexemes: Sequence[str]) -> list[str]:
    """As many of them as PostgreSQL takes in one document."""
    lengths = accumulate(len(lexeme.encode()) for lexeme in lexemes)
    fitting = sum(1 for _ in takewhile(lambda length: length <= _MOST_BYTES, lengths))
    return list(lexemes[:fitting])


_STORE = (
    f"INSERT INTO {TABLE} (id, words) VALUES (%s, array_to_tsvector(%s::text[])) "
    "ON CONFLICT (id) DO UPDATE SET words = excluded.words"
)
