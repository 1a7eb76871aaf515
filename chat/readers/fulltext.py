"""The table of the search index: a full-text index of the database's own, made by a migration.

It holds a document for each message that can be found, under the message's id: the words that lead to it.
They are split before they come here, so the database splits at spaces only. How it is on SQLite is the matter
of `fts5`, on PostgreSQL that of `tsvector`.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from django.db import connection
from django.db.models import QuerySet

from chat.readers import fts5, tsvector
from log.models import Message
from log.rows import LogId

# So many entries are looked up at once: the more places, the fewer words of each. At least one word.
_MAX_ENTRIES_PER_QUERY = 800


class Document(NamedTuple):
    """What leads to a message: where it is, and the words of it. Neither has a space in it."""

    places: Collection[str]
    words: Collection[str]


class Query(NamedTuple):
    """Documents with all of the words `all_of`, of which there is at least one, and in one of the places
    `one_of`. If there are many places, the last words need not be there. A word that ends with BEGINNING
    stands for all that begin so."""

    all_of: Sequence[str]
    one_of: Sequence[str]

    def and_words(self, words: Sequence[str]) -> "Query":
        return self._replace(all_of=[*self.all_of, *words])


def replace(documents: Mapping[LogId, Document | None]) -> None:
    """Store each document in place of what was stored; None removes it."""
    prepare_replace(documents)()


def prepare_replace(documents: Mapping[LogId, Document | None]) -> Callable[[], None]:
    """What stores them, and takes as little time as it can."""
    removed = [id_ for id_, document in documents.items() if document is None]
    stored = {id_: document for id_, document in documents.items() if document is not None}
    prepare = fts5.prepare_replace if _is_sqlite() else tsvector.prepare_replace
    return prepare(removed, stored)


def remove_documents(messages: QuerySet[Message]) -> None:
    """Remove the documents of these messages."""
    which, params = messages.values("pk").query.sql_with_params()
    remove = fts5.remove_documents if _is_sqlite() else tsvector.remove_documents
    remove(which, params)


def orphaned_documents(upto: LogId, limit: int) -> list[LogId]:
    """Documents up to this id whose messages are no longer there."""
    table = fts5.DOCUMENTS if _is_sqlite() else tsvector.TABLE
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id FROM {table} AS document WHERE id <= %s AND NOT EXISTS "
            f"(SELECT 1 FROM {Message._meta.db_table} AS message WHERE message.id = document.id) LIMIT %s",
            [upto, limit],
        )
        return [id_ for (id_,) in cursor.fetchall()]


def newest(query: Query, after: LogId, before: LogId, limit: int) -> list[LogId]:
    """The ids of the newest documents with after < id < before, in falling order, at most `limit`. Raises
    TooCommon, only if there is a beginning among the words."""
    words = query.all_of[: _max_words(query)]
    find = fts5.newest if _is_sqlite() else tsvector.newest
    return find(words, query.one_of, after, before, limit)


def uses_all_words(query: Query) -> bool:
    """Whether all of its words need to be there."""
    return len(query.all_of) <= _max_words(query)


def _max_words(query: Query) -> int:
    return max(1, _MAX_ENTRIES_PER_QUERY // len(query.one_of))


def merge() -> Iterator[None]:
    """Make the table faster to search, in steps that nobody has to wait long for. Yields after each."""
    return fts5.merge() if _is_sqlite() else iter(())


def _is_sqlite() -> bool:
    return connection.vendor == "sqlite"
