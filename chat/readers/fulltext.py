"""The table of the search index: a full-text index of the database, made by a migration.

It holds a document for each message that can be found, under the message's id. The words are split before, so
the database splits at spaces only. `fts5` implements it on SQLite, `tsvector` on PostgreSQL.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from django.db import connection
from django.db.models import QuerySet

from chat.readers import fts5, tsvector
from log.models import Message
from log.rows import LogId

# The entries in one query: with more places, fewer words are looked up, but at least one.
_MAX_ENTRIES_PER_QUERY = 800


class Document(NamedTuple):
    """The places (conversations) and the words by which a message is found. None of them has a space."""

    places: Collection[str]
    words: Collection[str]


class Query(NamedTuple):
    """Selects documents with all of the words `all_of`, at least one, in one of the places `one_of`. With
    many places, the last words are ignored. A word that ends with PREFIX_MARK is a prefix."""

    all_of: Sequence[str]
    one_of: Sequence[str]

    def and_words(self, words: Sequence[str]) -> "Query":
        return self._replace(all_of=[*self.all_of, *words])


def replace(documents: Mapping[LogId, Document | None]) -> None:
    """Replace the stored documents. None removes a document."""
    prepare_replace(documents)()


def prepare_replace(documents: Mapping[LogId, Document | None]) -> Callable[[], None]:
    """Return the function that replaces the stored documents. It does no more than the writes, because other
    writers wait for it."""
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
    """Return the ids, up to `upto`, of documents whose messages do not exist any more."""
    table = fts5.DOCUMENTS if _is_sqlite() else tsvector.TABLE
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id FROM {table} AS document WHERE id <= %s AND NOT EXISTS "
            f"(SELECT 1 FROM {Message._meta.db_table} AS message WHERE message.id = document.id) LIMIT %s",
            [upto, limit],
        )
        return [id_ for (id_,) in cursor.fetchall()]


def newest(query: Query, after: LogId, before: LogId, limit: int) -> list[LogId]:
    """Return the ids of the newest documents with after < id < before, in descending order, at most `limit`.
    Raise TooCommon, only if one of the words is a prefix."""
    words = query.all_of[: _max_words(query)]
    find = fts5.newest if _is_sqlite() else tsvector.newest
    return find(words, query.one_of, after, before, limit)


def uses_all_words(query: Query) -> bool:
    """Return whether `newest` looks up all words of the query."""
    return len(query.all_of) <= _max_words(query)


def _max_words(query: Query) -> int:
    return max(1, _MAX_ENTRIES_PER_QUERY // len(query.one_of))


def merge() -> Iterator[None]:
    """Make the table faster to search, in short steps. Yields after each."""
    return fts5.merge() if _is_sqlite() else iter(())


def _is_sqlite() -> bool:
    return connection.vendor == "sqlite"
