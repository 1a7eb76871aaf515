"""The search index: a reader of the log that stores the words of the current version of all texts."""

import hashlib
import time
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from itertools import accumulate, takewhile
from typing import Any

from django.db import transaction
from django.dispatch import receiver

from chat.protocol.kinds import TEXTS, texts_in
from chat.readers import fulltext
from chat.readers.fulltext import Document
from chat.readers.reader import Reader, Write, cursor_of, move_cursor, next_rows, step
from chat.readers.words import count_words, words_of
from chat.signals import message_erased
from log.amendments import AS_SENT, latest_of
from log.cards import full_text
from log.models import Message
from log.rows import EDIT, RECALL, Amendment, LogId, Recipient, Row

# A step indexes at most about this many words, or one text.
MAX_WORDS_PER_STEP = 5000
# The wait while another process takes a step, which takes some milliseconds.
_PAUSE_SECONDS = 0.05

# A text is also found by its conversation, its sender, and by this word if people sent it to themselves. No
# word of a text begins with such a sign.
TO_ONESELF = "@self"


def reader_word(to: Recipient) -> str:
    """Return the place of all texts in a group, or of all texts that a person has sent to people or received
    from them. For people, it is also a word of these texts."""
    return f"#{to}" if isinstance(to, int) else f"@{_digest(to)}"


def sender_word(userid: str) -> str:
    """Return the word of all texts that a person wrote."""
    return f"<{_digest(userid)}"


@lru_cache(10_000)
def _digest(userid: str) -> str:
    # A digest, because the index ignores case and splits at other signs. If two people have the same digest,
    # the search distinguishes them.
    return hashlib.blake2b(userid.encode(), digest_size=8).hexdigest()


class SearchIndex(Reader):
    name = "search"

    def portion(self, rows: Sequence[Row]) -> Sequence[Row]:
        """Limit a step by words: a long Chinese text takes as long as hundreds of short texts."""
        # Recalls count as nothing, although they remove or restore a text's words: they are few.
        counts = accumulate(sum(count_words(text) for _, text in texts_in([row])) for row in rows)
        return rows[: max(1, sum(1 for _ in takewhile(lambda count: count <= MAX_WORDS_PER_STEP, counts)))]

    def prepare(self, rows: Sequence[Row]) -> Write:
        # Later amendments of the other texts are in later rows.
        amended = _amended_ids(rows)
        texts = {
            row.shows: _document(words_of(text), row.sender, row.to)
            for row, text in texts_in(rows)
            if row.shows not in amended
        }
        return fulltext.prepare_replace(texts | _documents(amended))


def _amended_ids(rows: Sequence[Row]) -> set[LogId]:
    return {row.target for row in rows if isinstance(row, Amendment) and row.kind in (RECALL, EDIT)}


def catch_up(end: LogId) -> Iterator[None]:
    """Index all texts up to the row `end`, in steps, and yield after each. Other processes may take steps
    meanwhile: a step that does not begin where the last committed one ended is discarded. Raises
    DatabaseError."""
    index = SearchIndex()
    while cursor_of(index.name) < end:
        if step(index) is None:  # another process took this step
            time.sleep(_PAUSE_SECONDS)
        yield


def reindex(end: LogId) -> Iterator[LogId]:
    """Index all texts up to the row `end` again, while others write and search. Yields the last indexed row
    after each portion. The generator may be closed and started again. Raises DatabaseError.

    The reader continues meanwhile, from the row reached here if that is later than its cursor.
    """
    done, index = 0, SearchIndex()
    while done < end and (rows := index.portion(next_rows(done))):
        while not _index_again(rows, done):
            pass  # the reader has taken a step meanwhile, which may have amended these texts
        done = rows[-1].id
        yield done


def _index_again(rows: Sequence[Row], done: LogId) -> bool:
    name = SearchIndex.name
    cursor = cursor_of(name)
    write = fulltext.prepare_replace(
        _documents({row.shows for row, _ in texts_in(rows)} | _amended_ids(rows))
    )
    to = max(cursor, rows[-1].id) if done <= cursor else cursor
    with transaction.atomic():
        if is_first := move_cursor(name, cursor, to):
            write()
    return is_first


def _documents(ids: Collection[LogId]) -> dict[LogId, Document | None]:
    """Return the document of each message; None if it is not to be found."""
    texts = Message.objects.filter(pk__in=ids, kind__in=TEXTS)
    fields = ("id", "sender_id", "recipient_id", "group_id", "content", "details")
    latest = latest_of(ids)
    documents: dict[LogId, Document | None] = dict.fromkeys(ids)
    for id_, sender, recipient, group, content, details in texts.values_list(*fields) if ids else ():
        now = latest.get(id_, AS_SENT)
        text = (content, details or "") if now.content is None else (now.content, now.details)
        if now.recalled is None:
            words = words_of(full_text(*text))
            documents[id_] = _document(words, str(sender), recipient if group is None else group)
    return documents


def _document(words: set[str], sender: str, to: Recipient | None) -> Document | None:
    assert to is not None
    if not words:
        return None
    if isinstance(to, int):
        return Document({reader_word(to)}, {*words, sender_word(sender)})
    people = {reader_word(sender), reader_word(to)}
    own = {TO_ONESELF} if sender == to else set()
    return Document(people, {*words, *people, *own, sender_word(sender)})


@receiver(message_erased)
def remove_erased(id_: LogId, **_: Any) -> None:
    """Remove an erased message in the transaction of the erasure, not only when the reader reaches it."""
    fulltext.replace({id_: None})
