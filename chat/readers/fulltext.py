"""The table of the search index: a full-text index of the database's own, made by a migration.

It holds a document for each message that can be found, under the message's id: the words that lead to it.
They are split before they come here, so the database splits at spaces only.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from django.db import connection

from chat.protocol.rows import LogId

TABLE = "chat_search"

# On PostgreSQL each document has the word of its block, which is so many ids (2 ** 14). The index there gives
# all it finds, in no order. So it is asked for the newest blocks first, then for a few more, and then for the
# rest: what is rare in these is not too much in all. A query with many blocks takes long.
_BLOCK_BITS = 14
_BLOCKS_AT_ONCE = (2, 8)


class Query(NamedTuple):
    """Documents with all of the words `all_of`, and one of `one_of`."""

    all_of: Sequence[str]
    one_of: Sequence[str]


def replace(documents: Mapping[LogId, Collection[str] | None]) -> None:
    """Store the words of each document, in place of what was stored; None removes it."""
    removed = [(id_,) for id_, words in documents.items() if words is None]
    stored = [(id_, words) for id_, words in sorted(documents.items()) if words is not None]
    with connection.cursor() as cursor:
        if removed:
            cursor.executemany(f"DELETE FROM {TABLE} WHERE {_ID[connection.vendor]} = %s", removed)
        if stored:
            cursor.executemany(_STORE[connection.vendor], [*map(_STORED[connection.vendor], stored)])


def newest(query: Query, after: LogId, before: LogId, limit: int) -> list[LogId]:
    """The ids of the newest documents with after < id < before, in falling order, at most `limit`."""
    find = _newest_of_blocks if connection.vendor == "postgresql" else _newest_by_rowid
    return find(query, after, before, limit)


def _newest_by_rowid(query: Query, after: LogId, before: LogId, limit: int) -> list[LogId]:
    # FTS5 walks through its lists from their ends, and skips what not all of them have.
    words = " AND ".join([*map(_quoted, query.all_of), f"({' OR '.join(map(_quoted, query.one_of))})"])
    return _ids(
        f"SELECT rowid FROM {TABLE} WHERE {TABLE} MATCH %s AND rowid > %s AND rowid < %s "
        "ORDER BY rowid DESC LIMIT %s",
        [words, after, before, limit],
    )


def _newest_of_blocks(query: Query, after: LogId, before: LogId, limit: int) -> list[LogId]:
    found: list[LogId] = []
    for low, blocks in _portions(after, before):
        found += _newest_at_once(query, blocks, low, found[-1] if found else before, limit - len(found))
        before = min(before, low + 1)
        if len(found) == limit:
            break
    return found


def _newest_at_once(
    query: Query, blocks: Sequence[str], after: LogId, before: LogId, limit: int
) -> list[LogId]:
    alternatives = [query.one_of, blocks] if blocks else [query.one_of]
    words = " & ".join(
        [*map(_lexeme, query.all_of), *(f"({' | '.join(map(_lexeme, some))})" for some in alternatives)]
    )
    # Sorted by an expression that no index has: otherwise PostgreSQL may walk through the ids instead.
    return _ids(
        f"SELECT id FROM {TABLE} WHERE words @@ %s::tsquery AND id > %s AND id < %s "
        "ORDER BY id + 0 DESC LIMIT %s",
        [words, after, before, limit],
    )


def _portions(after: LogId, before: LogId) -> Iterator[tuple[LogId, list[str]]]:
    """Portions of the ids between, newest first: each one's lower bound, and its blocks; none for all that
    is left."""
    end = max(before - 1, 0) >> _BLOCK_BITS
    for count in _BLOCKS_AT_ONCE:
        begin = max(end - count + 1, 0)
        low = (begin << _BLOCK_BITS) - 1
        yield max(low, after), [_block(number) for number in range(begin, end + 1)]
        if low <= after:
            return
        end = begin - 1
    yield after, []


def _block(number: int) -> str:
    return f"~{number}"


def _quoted(word: str) -> str:
    return f'"{word}"'


def _lexeme(word: str) -> str:
    return f"'{word}'"


def _ids(statement: str, params: list[str | int]) -> list[LogId]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return [id_ for (id_,) in cursor.fetchall()]


def _as_text(document: tuple[LogId, Collection[str]]) -> tuple[Any, ...]:
    id_, words = document
    return id_, " ".join(words)


def _as_array(document: tuple[LogId, Collection[str]]) -> tuple[Any, ...]:
    id_, words = document
    return id_, [*words, _block(id_ >> _BLOCK_BITS)]


_ID = {"sqlite": "rowid", "postgresql": "id"}
_STORED = {"sqlite": _as_text, "postgresql": _as_array}
_STORE = {
    "sqlite": f"INSERT OR REPLACE INTO {TABLE} (rowid, words) VALUES (%s, %s)",
    "postgresql": (
        f"INSERT INTO {TABLE} (id, words) VALUES (%s, array_to_tsvector(%s::text[])) "
        "ON CONFLICT (id) DO UPDATE SET words = excluded.words"
    ),
}
