"""The search index: a reader of the log that keeps the words of all texts, as they are now."""

import hashlib
from collections.abc import Collection, Iterator, Sequence
from functools import partial

from django.db import transaction

from chat.amendments import AS_SENT, latest_of
from chat.models import Message
from chat.protocol.rows import EDIT, RECALL, Amendment, Entry, LogId, Recipient, Row
from chat.readers import fulltext
from chat.readers.reader import Reader, Write, cursor_of, move, next_rows
from chat.readers.words import words_of

TEXT = "text"

# What a text is found by beside its words: who may read it, who wrote it, and that somebody wrote it to
# themselves. No word has such a sign.
TO_ONESELF = "@self"


def reader_word(to: Recipient) -> str:
    """The word of all texts in a group; of all that a person has sent to a person, or received from one."""
    return f"#{to}" if isinstance(to, int) else f"@{_digest(to)}"


def sender_word(userid: str) -> str:
    """The word of all texts that a person wrote."""
    return f"<{_digest(userid)}"


def _digest(userid: str) -> str:
    # The index does not distinguish the cases of letters, and cuts at other signs. Should two people have the
    # same digest, the search itself tells them apart.
    return hashlib.blake2b(userid.encode(), digest_size=8).hexdigest()


class SearchIndex(Reader):
    name = "search"

    def prepare(self, rows: Sequence[Row]) -> Write:
        concerned = {row.id for row in rows if isinstance(row, Entry) and row.kind == TEXT}
        concerned |= {row.target for row in rows if isinstance(row, Amendment) and row.kind in (RECALL, EDIT)}
        return partial(fulltext.replace, _documents(concerned))


def reindex(end: LogId) -> Iterator[LogId]:
    """Index all texts up to the row `end` again, while others write and search. Yields after each portion up
    to which row that is done. May be given up, and begun again. Raises DatabaseError.

    The reader goes on meanwhile, and from where this is if that is farther.
    """
    index = SearchIndex()
    done = 0
    while done < end and (rows := next_rows(done)):
        while not _index_again(index, rows, done):
            pass  # the reader has taken a step meanwhile, and may know more of these rows
        done = rows[-1].id
        yield done


def _index_again(index: SearchIndex, rows: Sequence[Row], done: LogId) -> bool:
    cursor = cursor_of(index.name)
    write = index.prepare(rows)
    to = max(cursor, rows[-1].id) if done <= cursor else cursor
    with transaction.atomic():
        if is_first := move(index.name, cursor, to):
            write()
    return is_first


def _documents(ids: Collection[LogId]) -> dict[LogId, set[str] | None]:
    """The words by which each of the messages is to be found; None for those that are not."""
    texts = Message.objects.filter(pk__in=ids, kind=TEXT)
    fields = texts.values_list("id", "sender_id", "recipient_id", "group_id", "content") if ids else ()
    latest = latest_of(ids)
    found: dict[LogId, set[str] | None] = dict.fromkeys(ids)
    for id_, sender, recipient, group, content in fields:
        now = latest.get(id_, AS_SENT)
        words = words_of(content if now.content is None else now.content)
        if words and now.recalled is None:
            found[id_] = words | _whose(str(sender), recipient if group is None else group)
    return found


def _whose(sender: str, to: Recipient | None) -> set[str]:
    assert to is not None
    if isinstance(to, int):
        return {sender_word(sender), reader_word(to)}
    own = {TO_ONESELF} if sender == to else set()
    return {sender_word(sender), reader_word(sender), reader_word(to)} | own
