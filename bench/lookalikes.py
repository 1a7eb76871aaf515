"""Fills a database with long texts that contain the parts of search terms, but never a whole term:
`python -m bench.lookalikes TEXTS`.

`searcher` has written all of them to itself, and they are indexed.
"""

import os
import sys
import time

import django

SEARCHER = "searcher"
# The index contains both pairs of these three characters, and the beginning of the long word.
RUN, PAIRS = "大天气", "大天 天气 "
LONG = "x" * 32
# The search terms. Each is compared with every text in a different way.
SEARCHES = (RUN, f"{LONG}y", " ".join([*"abcdefghijklmnopqrstuvw", f"{LONG}y"]))
BYTES = 64_000
_PORTION = 500


def content() -> str:
    """Return a text of BYTES bytes: words of one letter, pairs of characters, and a long word with another
    end."""
    letters, size = "a b c d e f g h i j k l m n o p q r s t u v w ", BYTES // 2
    return f"{LONG}z " + letters * (size // len(letters)) + PAIRS * (size // len(PAIRS.encode()))


def store(texts: int) -> None:
    """Insert and index the texts. The server must not index them too, so it must have started just before."""
    from accounts.services import ensure_users
    from bench.generate import analyze, insert
    from chat.readers import fulltext
    from chat.readers.fulltext import Document
    from chat.readers.reader import cursor_of, move_cursor
    from chat.readers.search_index import TO_ONESELF, SearchIndex, reader_word, sender_word
    from chat.readers.words import words_of
    from log import positions
    from log.models import Message

    ensure_users([SEARCHER])
    first, now = positions.last_id() + 1, int(time.time())
    text, place = content(), reader_word(SEARCHER)
    # The same as the log reader makes of each text: all have the same words.
    document = Document({place}, {*words_of(text), place, TO_ONESELF, sender_word(SEARCHER)})
    for at in range(0, texts, _PORTION):
        insert([("text", SEARCHER, SEARCHER, None, text, "", now)] * min(_PORTION, texts - at))
    ids = Message.objects.filter(id__gte=first).order_by("id").values_list("id", flat=True)
    fulltext.replace(dict.fromkeys(ids, document))
    while (cursor := cursor_of(SearchIndex.name)) < ids[len(ids) - 1]:
        move_cursor(SearchIndex.name, cursor, ids[len(ids) - 1])
    analyze()


def main(texts: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "im66.settings")
    django.setup()
    store(texts)


if __name__ == "__main__":
    main(int(sys.argv[1]))
