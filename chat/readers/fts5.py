"""The search index on SQLite: an FTS5 table, and a table with the words of each document.

Each entry of the FTS5 table is a place together with a word. So a search reads the entries of its own places
only, however large the log is, and finds the newest at their ends. The FTS5 table does not store the
documents; to delete a document, all its entries must be given again.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import chain
from time import thread_time
from typing import Any, NamedTuple

from django.db import OperationalError, connection
from django.db.backends.utils import CursorWrapper

from chat.readers.entries import TooCommon, entries, entry, has_prefix, quoted
from log.rows import LogId

TABLE, DOCUMENTS = "chat_search", "chat_search_document"
# The pages that one step merges.
_PAGES_PER_MERGE = 500
# For a prefix, FTS5 reads all matching entries before it returns the newest: some millions in a second.
MAX_CPU_SECONDS = 0.05
# Instructions of SQLite's virtual machine between two clock checks. FTS5 takes one for each page it reads.
_INSTRUCTIONS_PER_CLOCK_CHECK = 100
_STORE_DOCUMENTS = f"INSERT INTO {DOCUMENTS} (id, places, words) VALUES "
_STORE_ENTRIES = f"INSERT INTO {TABLE} (rowid, entries) VALUES "


class _Stored(NamedTuple):
    """A stored document: its places and its words, separated by spaces."""

    id: LogId
    places: str
    words: str

    def text(self) -> str:
        return " ".join(entries(self.places.split(), self.words.split()))


def prepare_replace(
    removed: Collection[LogId], stored: Mapping[LogId, tuple[Collection[str], Collection[str]]]
) -> Callable[[], None]:
    """Return the function that replaces the stored documents. The time-consuming part is done before."""
    documents = [
        _Stored(id_, " ".join(places), " ".join(words)) for id_, (places, words) in sorted(stored.items())
    ]
    return partial(_store, sorted({*removed, *stored}), documents, _entries_of(documents))


def _store(ids: Sequence[LogId], documents: Sequence[_Stored], entries: Sequence[tuple[LogId, str]]) -> None:
    with connection.cursor() as cursor:
        _remove(cursor, ", ".join(["%s"] * len(ids)), ids)
        # One statement for all: after each statement this thread waits for the interpreter, and all other
        # writers wait for this thread.
        if documents:
            cursor.execute(_STORE_DOCUMENTS + _placeholders(documents), _flat(documents))
            cursor.execute(_STORE_ENTRIES + _placeholders(entries), _flat(entries))


def _flat(rows: Iterable[tuple[Any, ...]]) -> list[Any]:
    return [*chain.from_iterable(rows)]


def _placeholders(rows: Sequence[tuple[Any, ...]]) -> str:
    row = f"({', '.join(['%s'] * len(rows[0]))})"
    return ", ".join([row] * len(rows))


def remove_documents(which: str, params: Sequence[Any]) -> None:
    """Remove the documents whose ids the statement `which` selects."""
    with connection.cursor() as cursor:
        _remove(cursor, which, params)


def newest(
    words: Sequence[str], places: Sequence[str], after: LogId, before: LogId, limit: int
) -> list[LogId]:
    """Return the ids of the newest documents in one of the places that have all of the words. Neither may be
    empty. Raise TooCommon, only if one of the words is a prefix."""
    conditions = [" AND ".join(quoted(entry(place, word), '"', "*") for word in words) for place in places]
    match = " OR ".join(f"({condition})" for condition in conditions)
    if not has_prefix(words):
        return _newest(match, after, before, limit)
    with _cpu_time_limit():
        return _newest(match, after, before, limit)


def _newest(match: str, after: LogId, before: LogId, limit: int) -> list[LogId]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT rowid FROM {TABLE} WHERE {TABLE} MATCH %s AND rowid > %s AND rowid < %s "
            "ORDER BY rowid DESC LIMIT %s",
            [match, after, before, limit],
        )
        return [id_ for (id_,) in cursor.fetchall()]


@contextmanager
def _cpu_time_limit() -> Iterator[None]:
    """Interrupt statements in the block when this thread has used MAX_CPU_SECONDS. Raise TooCommon then."""
    until = thread_time() + MAX_CPU_SECONDS
    connection.ensure_connection()
    raw = connection.connection
    raw.set_progress_handler(lambda: thread_time() > until, _INSTRUCTIONS_PER_CLOCK_CHECK)
    try:
        yield
    except OperationalError as error:
        if thread_time() > until:
            raise TooCommon from error
        raise
    finally:
        raw.set_progress_handler(None, 0)


def merge() -> Iterator[None]:
    """Merge the b-trees of the FTS5 table, because each takes time to search. Yields after each step. A step
    does not block writers for long, and the generator may be closed at any step."""
    pages = -_PAGES_PER_MERGE  # negative: merges all b-trees at first
    with connection.cursor() as cursor:
        while _has_merged(cursor, pages) or pages < 0:
            pages = _PAGES_PER_MERGE
            yield


def _has_merged(cursor: CursorWrapper, pages: int) -> bool:
    before = connection.connection.total_changes
    cursor.execute(f"INSERT INTO {TABLE} ({TABLE}, rank) VALUES ('merge', %s)", [pages])
    # One change is the statement itself.
    return bool(connection.connection.total_changes - before > 1)


def _remove(cursor: CursorWrapper, which: str, params: Sequence[Any]) -> None:
    cursor.execute(f"SELECT id, places, words FROM {DOCUMENTS} WHERE id IN ({which})", params)
    old = [*map(_Stored._make, cursor.fetchall())]
    if old:
        delete = f"INSERT INTO {TABLE} ({TABLE}, rowid, entries) VALUES ('delete', %s, %s)"
        cursor.executemany(delete, _entries_of(old))
        cursor.executemany(f"DELETE FROM {DOCUMENTS} WHERE id = %s", [(document.id,) for document in old])


def _entries_of(documents: Sequence[_Stored]) -> list[tuple[LogId, str]]:
    return [(document.id, document.text()) for document in documents]
