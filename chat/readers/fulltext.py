"""The table of the search index: a full-text index of the database's own, made by a migration.

It holds a document for each message that can be found, under the message's id: the words that lead to it.
They are split before they come here, so the database splits at spaces only. How it is on SQLite is the matter
of `fts5`; here it is for PostgreSQL.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from django.db import connection
from django.db.models import QuerySet

from chat.models import Message
from chat.protocol.rows import LogId
from chat.readers import fts5
from chat.readers.fts5 import DOCUMENTS, TABLE

# On PostgreSQL each document has the word of its block, which is so many ids (2 ** 14). The index there gives
# all it finds, in no order. So it is asked for the newest blocks first, then for a few more, and then for the
# rest: what is rare in these is not too much in all. A query with many blocks takes long.
_BLOCK_BITS = 14
_BLOCKS_AT_ONCE = (2, 8)


class Document(NamedTuple):
    """What leads to a message: where it is, and the words of it. Neither has a space in it."""

    places: Collection[str]
    words: Collection[str]


class Query(NamedTuple):
    """Documents with all of the words `all_of`, of which there is at least one, and in one of the places
    `one_of`. On SQLite, if there are many places, the last words need not be there."""

    all_of: Sequence[str]
    one_of: Sequence[str]


def replace(documents: Mapping[LogId, Document | None]) -> None:
    """Store each document in place of what was stored; None removes it."""
    removed = [id_ for id_, document in documents.items() if document is None]
    stored = {id_: document for id_, document in sorted(documents.items()) if document is not None}
    if connection.vendor == "sqlite":
        fts5.replace(removed, stored)
    else:
        _replace(removed, stored)


def forget(messages: QuerySet[Message]) -> None:
    """Remove the documents of these messages."""
    which, params = messages.values("pk").query.sql_with_params()
    if connection.vendor == "sqlite":
        fts5.forget(which, params)
    else:
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {TABLE} WHERE id IN ({which})", params)


def strays(upto: LogId, limit: int) -> list[LogId]:
    """Documents up to this id whose messages are no longer there."""
    table = DOCUMENTS if connection.vendor == "sqlite" else TABLE
    return _ids(
        f"SELECT id FROM {table} AS document WHERE id <= %s AND NOT EXISTS "
        f"(SELECT 1 FROM {Message._meta.db_table} AS message WHERE message.id = document.id) LIMIT %s",
        [upto, limit],
    )


def newest(query: Query, after: LogId, before: LogId, limit: int) -> list[LogId]:
    """The ids of the newest documents with after < id < before, in falling order, at most `limit`."""
    if connection.vendor == "sqlite":
        return fts5.newest(query.all_of, query.one_of, after, before, limit)
    return _newest_of_blocks(query, after, before, limit)


def merge() -> Iterator[None]:
    """Make the table faster to search, in steps that nobody has to wait long for. Yields after each."""
    return fts5.merge() if connection.vendor == "sqlite" else iter(())


def _replace(removed: Collection[LogId], stored: Mapping[LogId, Document]) -> None:
    with connection.cursor() as cursor:
        if removed:
            cursor.execute(f"DELETE FROM {TABLE} WHERE id = ANY(%s)", [sorted(removed)])
        if stored:
            cursor.executemany(_STORE, [*map(_as_array, stored.items())])


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


def _lexeme(word: str) -> str:
    return f"'{word}'"


def _ids(statement: str, params: list[str | int]) -> list[LogId]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return [id_ for (id_,) in cursor.fetchall()]


def _as_array(stored: tuple[LogId, Document]) -> tuple[LogId, list[str]]:
    id_, (places, words) = stored
    return id_, [*{*places, *words}, _block(id_ >> _BLOCK_BITS)]


_STORE = (
    f"INSERT INTO {TABLE} (id, words) VALUES (%s, array_to_tsvector(%s::text[])) "
    "ON CONFLICT (id) DO UPDATE SET words = excluded.words"
)
